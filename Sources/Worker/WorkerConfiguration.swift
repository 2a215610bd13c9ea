public import Foundation

/// How a worker is set up.
public struct WorkerConfiguration: Sendable {
    /// The coordinator's control address.
    public var coordinator: String
    /// Where its blobs and its name live; made when absent.
    public var dataFolder: URL
    /// Tasks that it runs at once; each in a child process of its own. The default is 1.
    public var slots: Int
    /// Anonymous memory that one task may use, in bytes.
    public var memoryBytesPerSlot: Int
    /// Where it serves blobs to peers. The default is any free port on loopback.
    public var blobAddress: String
    /// Bytes that its blobs may take; beyond, those used longest ago go. The default is 64 GiB.
    public var cacheBytesMax: Int
    /// Equal for machines that can read each other's folders.
    public var host: String
    /// Version of the software.
    public var software: String
    /// The program that children run, with the arguments that make it a task runner.
    public var runner: (executable: URL, arguments: [String])

    /// A configuration with its defaults.
    public init(
        coordinator: String, dataFolder: URL, slots: Int = 1, memoryBytesPerSlot: Int,
        blobAddress: String = "tcp://127.0.0.1:0", cacheBytesMax: Int = 64 << 30, host: String,
        software: String, runner: (executable: URL, arguments: [String])
    ) {
        self.coordinator = coordinator
        self.dataFolder = dataFolder
        self.slots = slots
        self.memoryBytesPerSlot = memoryBytesPerSlot
        self.blobAddress = blobAddress
        self.cacheBytesMax = cacheBytesMax
        self.host = host
        self.software = software
        self.runner = runner
    }

    /// The blob store's folder.
    public var storeFolder: URL { dataFolder.appendingPathComponent("store") }
}
