public import Foundation
import Identity
public import Scheduling

/// How a coordinator is set up.
public struct CoordinatorConfiguration: Sendable {
    /// Where the ledger and the blob store live; made when absent.
    public var dataFolder: URL
    /// Where workers and commands connect. The default is `tcp://127.0.0.1:7741`.
    public var controlAddress: String
    /// Where blobs are served. The default is any free port of the same interface.
    public var blobAddress: String
    /// The folder of the cluster's certificates (`spokeshave cluster init`); nil for a cluster
    /// without identities, which is for loopback and trusted networks only.
    public var clusterFolder: URL?
    /// How long certificates live; workers renew theirs when a third of that is left. The default
    /// is 60 days.
    public var certificateLifeMilliseconds = ClusterAuthority.certificateLifeMilliseconds
    /// Where machines with a token get their certificates; needs ``clusterFolder``.
    public var joinAddress: String?
    /// Where commands of this machine's own users connect, `ipc:///path`; they need no
    /// certificate, the kernel says who they are. Nil for none.
    public var localAddress: String?
    /// How the scheduler decides: the fraction of results to verify, and constants.
    public var policy = SchedulerPolicy()
    /// Whether drill jobs are taken: harmless tasks that fail, crash or hang on purpose.
    public var allowsDrills = false
    /// Bytes that blobs may take that no open job needs; beyond, those used longest ago go.
    /// The default is 200 GiB.
    public var storeBytesMax = 200 << 30
    /// Free bytes below which nothing new is begun; nil takes a twentieth of the disk, at most
    /// 256 MiB.
    public var reserveBytes: Int?
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
    /// Where copies of the ledger go.
    public var backupFolder: URL { dataFolder.appendingPathComponent("backups") }
    /// The blob store's folder.
    public var storeFolder: URL { dataFolder.appendingPathComponent("store") }
}
