public import Foundation
public import Transfer

/// How a worker is set up.
public struct WorkerConfiguration: Sendable {
    /// Makes the connection to the coordinator; called once, with the number of this start of the
    /// worker's process.
    public var connect: @Sendable (_ incarnation: UInt64) throws -> ControlConnection
    /// The name that its certificate gives it; nil lets it choose one at its first start.
    public var name: String?
    /// Where its blobs and its name live; made when absent.
    public var dataFolder: URL
    /// Tasks that it runs at once; each in a child process of its own. The default is 1.
    public var slots: Int
    /// Anonymous memory that one task may use, in bytes. The child is kept from taking more.
    public var memoryBytesPerSlot: Int
    /// Where it serves blobs to peers. The default is any free port on loopback.
    public var blobAddress: String
    /// Bytes that its blobs may take; beyond, those used longest ago go. The default is 64 GiB.
    public var cacheBytesMax: Int
    /// Free bytes of its disk below which it takes no work and deletes what it can; nil takes a
    /// twentieth of the disk, at most 256 MiB.
    public var freeBytesMin: Int?
    /// How long a drain waits for running tasks before it hands them back. The default is 60 s.
    public var drainSeconds = 60
    /// How long after that a drain may go on sending what only this worker holds. The default
    /// is 300 s.
    public var saveSeconds = 300
    /// How long a task may run when its grant does not say; nil, the default, for ever.
    public var taskSecondsMax: Int?
    /// What opens tickets for its blobs, renewed at each session; nil serves everybody, in a
    /// cluster without identities.
    public var holderKeys: HolderKeys?
    /// Renews the certificate; nil without identities.
    public var renewal: CredentialRenewal?
    /// Equal for machines that can read each other's folders.
    public var host: String
    /// Version of the software.
    public var software: String
    /// The program that children run, with the arguments that make it a task runner.
    public var runner: (executable: URL, arguments: [String])

    /// A configuration with its defaults and a plain connection to the control address
    /// `coordinator`.
    public init(
        coordinator: String, dataFolder: URL, slots: Int = 1, memoryBytesPerSlot: Int,
        blobAddress: String = "tcp://127.0.0.1:0", cacheBytesMax: Int = 64 << 30, host: String,
        software: String, runner: (executable: URL, arguments: [String])
    ) {
        connect = { _ in try ControlConnection.plain(to: coordinator) }
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
