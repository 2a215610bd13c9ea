// swift-tools-version: 6.2
// The readers of bytes from outside, linked with libFuzzer. Built and run by scripts/fuzz; the
// modules are those of the main package (`Modules` and `Targets` are links into it).
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"), .strictMemorySafety(),
]
// What the main program reads with; its own settings besides, for the same language.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Modules/\(name)", swiftSettings: house)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let package = Package(
    name: "spokeshave-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", path: "Modules/COpenBLAS"),
        .target(name: "CKernels", path: "Modules/CKernels"),
        .target(name: "CSystem", path: "Modules/CSystem"),
        module("Domain", [crypto]),
        module("Linalg", ["COpenBLAS", "CKernels"]),
        .target(name: "WireSchema", dependencies: [protobuf], path: "Modules/WireSchema"),
        module("Methods", ["Linalg", "Domain"]),
        module("Checkpoints", ["Linalg", "Domain"]),
        module("Models", ["Checkpoints", "Linalg", "Domain"]),
        module("Tokenization", ["Domain"]),
        module("Blobs", ["Domain", "CSystem", "CKernels", crypto]),
        module("Wire", ["WireSchema", "Domain", protobuf]),
        module(
            "Planning",
            [
                "Checkpoints", "Models", "Methods", "Domain",
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Wire", "Checkpoints", "Tokenization", "Planning", "Models", "Blobs", "Linalg",
                "Domain",
            ], path: "Targets", swiftSettings: house),
        module(
            "Identity",
            [
                "Domain", crypto, .product(name: "X509", package: "swift-certificates"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ]),
        .target(
            name: "Strangers", dependencies: ["FuzzTargets", "Identity"], path: "Strangers",
            swiftSettings: house),
        .target(name: "CFuzzer", path: "CFuzzer"),
        // libFuzzer brings `main`.
        .executableTarget(
            name: "Fuzzer", dependencies: ["FuzzTargets", "Strangers", "CFuzzer"], path: "Fuzzer",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: [.linkedLibrary("m")]),
    ],
    swiftLanguageModes: [.v6]
)
