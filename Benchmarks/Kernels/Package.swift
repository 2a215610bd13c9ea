// swift-tools-version: 6.2
// What the machine can do, and how close our kernels come. Built and run by scripts/bench; the
// modules are those of the main package (`Modules` is a link).
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"), .strictMemorySafety(),
]

func module(
    _ name: String, _ dependencies: [Target.Dependency], linker: [LinkerSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Modules/\(name)", swiftSettings: house,
        linkerSettings: linker)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let package = Package(
    name: "spokeshave-kernels",
    products: [.executable(name: "bench", targets: ["Bench"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", path: "Modules/COpenBLAS"),
        .systemLibrary(name: "CNNG", path: "Modules/CNNG"),
        // The shared library will do: nothing here closes connections while messages arrive.
        .target(
            name: "CNNGRepair", path: "Modules/CNNGRepair",
            linkerSettings: [.linkedLibrary("nng")]),
        // With the flags of the main package, or other kernels would be measured.
        .target(
            name: "CKernels", path: "Modules/CKernels", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "CSystem", path: "Modules/CSystem"),
        module("Domain", [crypto]),
        module("Linalg", ["COpenBLAS", "CKernels"], linker: [.linkedLibrary("m")]),
        module("Methods", ["Linalg", "Domain"]),
        module("Blobs", ["Domain", "CSystem", "CKernels", crypto]),
        module("Messaging", ["CNNG", "CNNGRepair"]),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "Linalg", "Methods", "Blobs", "Messaging", "Domain", crypto,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources", swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
