/// The table of `ARCHITECTURE.md` as data.
///
/// It says what each target may import of ours, and which modules from outside. To change it,
/// write a decision record and change both in one commit.
enum Floors {
    /// Targets of ours, with the targets of ours that each may import.
    static let ours: [String: Set<String>] = [
        "COpenBLAS": [], "CNNG": [], "CNNGRepair": [], "CKernels": [], "CSystem": [],
        "WireSchema": [], "Domain": [],
        "Linalg": ["COpenBLAS", "CKernels"],
        "Messaging": ["CNNG", "CNNGRepair"],
        "Scheduling": ["Domain"],
        "WorkerCore": ["Domain"],
        "Identity": ["Domain"],
        "Ledger": ["Domain"],
        "Methods": ["Linalg", "Domain"],
        "Models": ["Checkpoints", "Linalg", "Domain"],
        "Checkpoints": ["Linalg", "Domain"],
        "Tokenization": ["Domain"],
        "Blobs": ["Domain", "CSystem", "CKernels"],
        "Wire": ["WireSchema", "Domain"],
        "Reporting": ["Ledger", "Domain"],
        "Planning": ["Checkpoints", "Models", "Methods", "Domain"],
        "Tasks": [
            "Blobs", "Checkpoints", "Linalg", "Methods", "Models", "Tokenization", "Domain",
        ],
        "Transfer": ["Blobs", "Messaging", "Wire", "Domain", "Identity"],
        "Sessions": ["Identity", "Messaging", "Wire", "Domain"],
        "Coordinator": [
            "Ledger", "Messaging", "Scheduling", "Planning", "Blobs", "Transfer", "Wire", "Domain",
            "Identity", "Sessions", "WorkerCore", "CSystem",
        ],
        "Worker": [
            "Tasks", "Messaging", "Blobs", "Transfer", "Wire", "Domain", "Linalg", "CSystem",
            "Identity", "Sessions", "WorkerCore",
        ],
        "CLI": [
            "Coordinator", "Worker", "Planning", "Reporting", "Checkpoints", "Models",
            "Tokenization", "Domain", "Messaging", "Transfer", "Wire", "Blobs",
            "CSystem", "Identity", "Sessions", "Ledger", "Scheduling",
        ],
    ]

    /// Modules from outside, with the targets that may import them; nil means every target.
    static let outside: [String: Set<String>?] = [
        "Foundation": nil, "FoundationEssentials": nil, "Synchronization": nil,
        "Dispatch": ["Messaging", "Coordinator", "Worker", "CLI"],
        // Ledger: the lock on its file. Models: sines, cosines and powers of Float32.
        "Glibc": ["Linalg", "Messaging", "Blobs", "Ledger", "Models", "Worker", "CLI"],
        // Beside Glibc, under `#if canImport`.
        "Darwin": ["Linalg", "Messaging", "Blobs", "Worker", "CLI"],
        "Crypto": ["Domain", "Blobs", "Identity"],
        "X509": ["Identity"], "SwiftASN1": ["Identity"],
        "GRDB": ["Ledger"],
        "SwiftProtobuf": ["Wire", "WireSchema"],
        "Yams": ["Planning"],
        "ArgumentParser": ["CLI"],
        "Logging": ["Coordinator", "Worker", "CLI"],
        "ServiceLifecycle": ["Coordinator", "Worker", "CLI"],
        "UnixSignals": ["CLI"],
    ]

    /// Where `unsafe` and `@unchecked` may stand: folders end with a slash.
    static let unsafeFence = [
        "Linalg/", "Blobs/MappedBlob.swift", "Blobs/ChunkLanes.swift", "Messaging/", "Worker/Threads/ThreadCrew.swift",
        "Worker/Processes/PosixProcess.swift",
    ]

    /// Whether a file of `target` may import `module`.
    static func allows(_ target: String, toImport module: String) -> Bool {
        if module == target || ours[target]?.contains(module) == true { return true }
        guard let users = outside[module] else { return false }
        return users?.contains(target) ?? true
    }
}
