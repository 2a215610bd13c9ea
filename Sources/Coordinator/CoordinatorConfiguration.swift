public import Foundation

/// How a coordinator is set up.
public struct CoordinatorConfiguration: Sendable {
    /// Where the ledger and the blob store live; made when absent.
    public var dataFolder: URL
    /// Where workers and commands connect. The default is `tcp://127.0.0.1:7741`.
    public var controlAddress: String
    /// Where blobs are served. The default is any free port of the same interface.
    public var blobAddress: String
    /// Equal for machines that can read each other's folders.
    public var host: String
    /// Version of the software.
    public var software: String

    /// A configuration with its defaults.
    public init(
        dataFolder: URL, controlAddress: String = "tcp://127.0.0.1:7741",
        blobAddress: String = "tcp://127.0.0.1:0", host: String, software: String
    ) {
        self.dataFolder = dataFolder
        self.controlAddress = controlAddress
        self.blobAddress = blobAddress
        self.host = host
        self.software = software
    }

    /// The ledger's file.
    public var ledgerFile: URL { dataFolder.appendingPathComponent("ledger.sqlite") }
    /// The blob store's folder.
    public var storeFolder: URL { dataFolder.appendingPathComponent("store") }
}
