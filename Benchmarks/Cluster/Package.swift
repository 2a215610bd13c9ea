// swift-tools-version: 6.2
// Plays whole runs on imagined clusters with the real scheduler and the real plans. Built and run
// by scripts/simulate-cluster; the modules are those of the main package (`Modules` is a link).
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"), .strictMemorySafety(),
]
// A simulated run handles a million events: tests want it optimised too.
let hot = house + [.unsafeFlags(["-O"], .when(configuration: .debug))]

func module(
    _ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = house
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Modules/\(name)", swiftSettings: settings)
}

let package = Package(
    name: "spokeshave-cluster",
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2")
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", path: "Modules/COpenBLAS"),
        .target(name: "CKernels", path: "Modules/CKernels"),
        // Names of blobs that nobody has need no real digest, and swift-crypto takes long to build.
        .target(name: "Crypto", path: "Crypto"),
        module("Domain", ["Crypto"]),
        module("Linalg", ["COpenBLAS", "CKernels"]),
        module("Methods", ["Linalg", "Domain"]),
        module("Checkpoints", ["Linalg", "Domain"]),
        module("Models", ["Checkpoints", "Linalg", "Domain"]),
        module(
            "Planning",
            [
                "Checkpoints", "Models", "Methods", "Domain",
                .product(name: "Yams", package: "Yams"),
            ]),
        module("Scheduling", ["Domain"], settings: hot),
        .executableTarget(
            name: "ClusterSimulator",
            dependencies: ["Scheduling", "Planning", "Models", "Checkpoints", "Domain"],
            path: "Sources", swiftSettings: hot, linkerSettings: [.linkedLibrary("m")]),
        .testTarget(
            name: "ClusterSimulatorTests",
            dependencies: ["ClusterSimulator", "Planning", "Domain"], path: "Tests",
            swiftSettings: hot),
    ],
    swiftLanguageModes: [.v6]
)
