import ArgumentParser
import Coordinator
import Foundation
import Identity
import Logging
import Scheduling
import ServiceLifecycle
import UnixSignals

/// `spokeshave coordinator`: the daemon that owns jobs.
struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Run the coordinator of a cluster.",
        discussion: """
            Keeps all job state in one folder; kill it and start it again on the same folder, \
            and every job goes on. With certificates (“spokeshave cluster init”) it listens to \
            all machines that hold one; without, only to this machine, because plain tcp has no \
            protection.
            """)

    @Option(
        name: .long,
        help: """
            Where workers and commands connect, e.g. tls+tcp://10.0.0.1:7741 with certificates. \
            The default is this port on loopback.
            """)
    var listen: String?

    @Option(
        name: .long,
        help: "Where machines with a token join. The default is the port after that of --listen.")
    var join: String?

    @Option(name: .long, help: "Where blobs are served; port 0 takes a free one.")
    var blobs: String?

    @Option(
        name: .long,
        help: """
            The socket for commands of this machine's own users, ipc:///path. The default is \
            “control.sock” in the data folder; “none” for none.
            """)
    var local: String?

    @Option(name: .long, help: "Fraction of results that a second worker computes again.")
    var verifyFraction = 0.0

    @Option(name: .long, help: "Disk for blobs that no open job needs, e.g. 200GiB.")
    var cache = "200GiB"

    @Option(name: .long, help: "How long certificates live, a minute to a year: 12h, 60d.")
    var certificateLife = "60d"

    @Flag(name: .long, help: "Take drill jobs, which crash and hang on purpose.")
    var allowDrills = false

    @Option(name: .long, help: "The folder of the ledger and the blobs.")
    var dataDir: String

    @OptionGroup var security: InsecureOption

    @Flag(name: .long, help: "Log everything.")
    var verbose = false

    func run() async throws {
        let configuration = try makeConfiguration()
        var logger = Logger(label: "coordinator")
        logger.logLevel = verbose ? .debug : .info
        let daemon = try CoordinatorDaemon(configuration, logger: logger)
        let group = ServiceGroup(
            services: [daemon], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }

    private func makeConfiguration() throws -> CoordinatorConfiguration {
        let folder = URL(filePath: dataDir)
        let cluster = folder.appendingPathComponent("cluster")
        let isGuarded = ClusterAuthority.exists(in: cluster)
        let control = listen ?? (isGuarded ? "tls+" : "") + "tcp://127.0.0.1:7741"
        guard isGuarded == control.hasPrefix("tls+tcp") else {
            throw CommandFailure(
                .usage,
                isGuarded
                    ? "This cluster has certificates: --listen must be a tls+tcp:// address."
                    : "There are no certificates in \(cluster.path): make them with “spokeshave "
                        + "cluster init --data-dir \(dataDir)”.")
        }
        let blobAddress =
            blobs ?? Self.address(like: control, port: { isGuarded && $0 > 0 ? $0 + 2 : 0 })
        try InsecureOption.checkReachable([control, blobAddress])
        // Sealed blobs and guarded links may be reached from anywhere.
        if !isGuarded { try security.check([control, blobAddress]) }
        guard (0...1).contains(verifyFraction), let cacheBytes = Host.bytes(cache) else {
            throw CommandFailure(
                .usage, "--verify-fraction is from 0 to 1; --cache is written like 200GiB.")
        }
        let life = ClusterCommand.Token.seconds(certificateLife) ?? 0
        guard (60...31_536_000).contains(life) else {
            throw CommandFailure(
                .usage, "--certificate-life is a minute to a year: 90m, 12h or 60d.")
        }
        var configuration = CoordinatorConfiguration(
            dataFolder: folder, controlAddress: control, host: Host.identity,
            software: Software.version)
        configuration.blobAddress = blobAddress
        if isGuarded {
            configuration.clusterFolder = cluster
            configuration.certificateLifeMilliseconds = life * 1_000
            configuration.joinAddress =
                join
                ?? "tls+"
                + Self.address(like: control, port: { $0 == 0 ? 0 : $0 + 1 })
        }
        configuration.localAddress = try localAddress(in: folder)
        configuration.policy.verifyFraction = verifyFraction
        configuration.allowsDrills = allowDrills
        configuration.storeBytesMax = cacheBytes
        return configuration
    }

    /// The socket's address. Sockets have short paths; a long folder has none unless one is named.
    private func localAddress(in folder: URL) throws -> String? {
        if local == "none" { return nil }
        if let local {
            guard local.hasPrefix("ipc:///"), local.utf8.count < 108 else {
                throw CommandFailure(
                    .usage, "--local is ipc:///path with at most 100 characters, or none.")
            }
            return local
        }
        let usual = "ipc://" + folder.standardizedFileURL.path + "/control.sock"
        return usual.utf8.count < 108 ? usual : nil
    }

    /// Plain tcp at the same interface with another port.
    static func address(like address: String, port: (Int) -> Int) -> String {
        guard let colon = address.lastIndex(of: ":"),
            let number = Int(address[address.index(after: colon)...]),
            let scheme = address.range(of: "tcp")
        else { return "tcp://127.0.0.1:0" }
        return "\(address[scheme.lowerBound..<colon]):\(port(number))"
    }
}
