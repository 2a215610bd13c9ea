// swift-tools-version: 6.2
import Foundation
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(), .treatAllWarnings(as: .error),
]
// Spans returned by our own properties need `Lifetimes` (MappedBlob, Matrix).
let spans = house + [.enableExperimentalFeature("Lifetimes")]
// Numerics are 100–300 times slower unoptimised, so they are optimised in debug builds too.
let hot = spans + [.unsafeFlags(["-O"], .when(configuration: .debug))]

func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}
let crypto = product("Crypto", "swift-crypto")
let certificates = product("X509", "swift-certificates")
let asn1 = product("SwiftASN1", "swift-asn1")
let logging = product("Logging", "swift-log")
let lifecycle = product("ServiceLifecycle", "swift-service-lifecycle")
let arguments = product("ArgumentParser", "swift-argument-parser")

// nng 1.5.2 is linked from its archive, where there is one, so that CNNGRepair can mend it.
let nngArchive = ["x86_64", "aarch64"].contains {
    FileManager.default.fileExists(atPath: "/usr/lib/\($0)-linux-gnu/libnng.a")
}
let nngRepair: [LinkerSetting] =
    nngArchive
    ? [
        .linkedLibrary(":libnng.a"), .linkedLibrary("mbedtls"), .linkedLibrary("mbedx509"),
        .linkedLibrary("mbedcrypto"),
        .unsafeFlags(
            ["nni_aio_begin", "nng_stream_send", "nng_stream_recv"].flatMap {
                ["-Xlinker", "--wrap=\($0)"]
            }),
    ] : [.linkedLibrary("nng")]

func floor(
    _ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = house,
    linker: [LinkerSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, swiftSettings: settings, linkerSettings: linker)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], excluding excluded: [String] = [],
    optimised: Bool = false
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: excluded,
        swiftSettings: [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
        ] + (optimised ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : []))
}

let package = Package(
    name: "spokeshave",
    products: [.executable(name: "spokeshave", targets: ["CLI"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Floor 0
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CNNG", providers: [.apt(["libnng-dev"])]),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "CSystem"),
        .target(
            name: "CNNGRepair", cSettings: nngArchive ? [.define("SPOKESHAVE_NNG_ARCHIVE")] : [],
            linkerSettings: nngRepair),
        floor("Domain", [crypto]),
        // Floor 1
        floor("Linalg", ["COpenBLAS", "CKernels"], settings: hot, linker: [.linkedLibrary("m")]),
        floor("Messaging", ["CNNG", "CNNGRepair"]),
        .target(
            name: "WireSchema", dependencies: [product("SwiftProtobuf", "swift-protobuf")]),
        // Floor 2
        floor("Scheduling", ["Domain"], settings: hot),
        floor("WorkerCore", ["Domain"], settings: hot),
        floor("Ledger", ["Domain", product("GRDB", "GRDB.swift")]),
        floor("Identity", ["Domain", crypto, certificates, asn1]),
        floor("Methods", ["Linalg", "Domain"], settings: hot),
        floor("Models", ["Checkpoints", "Linalg", "Domain"], settings: hot),
        floor("Checkpoints", ["Linalg", "Domain"], settings: spans),
        floor("Tokenization", ["Domain"], settings: hot),
        floor("Blobs", ["Domain", "CSystem", "CKernels", crypto], settings: spans),
        floor(
            "Wire", ["WireSchema", "Domain", product("SwiftProtobuf", "swift-protobuf")]),
        // Floor 3
        floor("Reporting", ["Ledger", "Domain"]),
        floor(
            "Planning", ["Checkpoints", "Models", "Methods", "Domain", product("Yams", "Yams")]),
        floor(
            "Tasks",
            ["Blobs", "Checkpoints", "Linalg", "Methods", "Models", "Tokenization", "Domain"],
            settings: hot),
        floor("Transfer", ["Blobs", "Messaging", "Wire", "Domain", "Identity"]),
        floor("Sessions", ["Identity", "Messaging", "Wire", "Domain"]),
        // Floor 4
        floor(
            "Coordinator",
            [
                "Ledger", "Messaging", "Scheduling", "Planning", "Blobs", "Transfer", "Wire",
                "Domain", "Identity", "Sessions", "WorkerCore", "CSystem", logging, lifecycle,
            ]),
        floor(
            "Worker",
            [
                "Tasks", "Messaging", "Blobs", "Transfer", "Wire", "Domain", "Linalg", "CSystem",
                "Identity", "Sessions", "WorkerCore", logging, lifecycle,
            ]),
        // Floor 5
        .executableTarget(
            name: "CLI",
            dependencies: [
                "Coordinator", "Worker", "Planning", "Reporting", "Checkpoints", "Models",
                "Tokenization", "Domain", "Messaging", "Transfer", "Wire", "Blobs", "CSystem",
                "Identity", "Sessions", "Ledger", "Scheduling", arguments, logging, lifecycle,
                product("UnixSignals", "swift-service-lifecycle"),
            ],
            swiftSettings: house),
        // Tests
        tests("ArchitectureTests", []),
        tests("DomainTests", ["Domain"]),
        tests("WireTests", ["Wire", "Domain"]),
        tests("LinalgTests", ["Linalg"]),
        tests("MethodsTests", ["Methods", "Linalg"]),
        tests("MessagingTests", ["Messaging"]),
        tests("TokenizationTests", ["Tokenization"], excluding: ["Fixtures"]),
        tests("CheckpointsTests", ["Checkpoints", "Linalg", "Domain"], excluding: ["Fixtures"]),
        tests("ModelsTests", ["Models", "Checkpoints", "Linalg"], excluding: ["Fixtures"]),
        tests("BlobsTests", ["Blobs", "Domain", crypto]),
        tests(
            "LedgerTests", ["Ledger", "Domain", product("GRDB", "GRDB.swift")], excluding: ["Fixtures"]),
        tests("SchedulingTests", ["Scheduling", "Domain"]),
        tests("WorkerCoreTests", ["WorkerCore", "Domain"]),
        tests(
            "SimulationTests", ["Scheduling", "WorkerCore", "Domain"], excluding: ["Mutants"],
            optimised: true),
        tests("IdentityTests", ["Identity", "Domain", crypto, certificates]),
        tests("SessionsTests", ["Sessions", "Identity", "Messaging", "Wire", "Domain"]),
        tests("WorkerTests", ["Worker", "Blobs", "Messaging", "Wire", "Domain", logging]),
        tests(
            "PowerCutTests", ["Ledger", "Blobs", "Domain", product("GRDB", "GRDB.swift")],
            excluding: ["Fixtures"], optimised: true),
        tests(
            "FuzzTests",
            [
                "Wire", "Checkpoints", "Tokenization", "Planning", "Models", "Blobs", "Linalg",
                "Domain",
            ], excluding: ["Fixtures"]),
        tests(
            "PlanningTests", ["Planning", "Checkpoints", "Models", "Methods", "Domain"]),
        tests(
            "TasksTests",
            ["Tasks", "Blobs", "Checkpoints", "Linalg", "Methods", "Models", "Domain"]),
        tests(
            "TransferTests", ["Transfer", "Blobs", "Messaging", "Wire", "Domain", "Identity"]),
        tests("ReportingTests", ["Reporting", "Domain"]),
        // Real processes of the built program.
        tests("ClusterTests", ["CLI"], excluding: ["Fixtures"]),
    ],
    swiftLanguageModes: [.v6]
)
