import ArgumentParser
import Coordinator
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// `spokeshave coordinator`: the daemon that owns jobs.
struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator",
        abstract: "Run the coordinator of a cluster.",
        discussion: """
            Keeps all job state in one folder; kill it and start it again on the same folder, \
            and every job goes on. Plain tcp has no protection: use loopback or a trusted \
            network.
            """)

    @Option(name: .long, help: "Where workers and commands connect.")
    var listen = "tcp://127.0.0.1:7741"

    @Option(name: .long, help: "Where blobs are served; port 0 takes a free one.")
    var blobs: String?

    @Option(name: .long, help: "The folder of the ledger and the blobs.")
    var dataDir: String

    @OptionGroup var security: InsecureOption

    @Flag(name: .long, help: "Log everything.")
    var verbose = false

    func run() async throws {
        let blobAddress = blobs ?? Self.anyPort(of: listen)
        try security.check([listen, blobAddress])
        var logger = Logger(label: "coordinator")
        logger.logLevel = verbose ? .debug : .info
        var configuration = CoordinatorConfiguration(
            dataFolder: URL(filePath: dataDir), controlAddress: listen, host: Host.identity,
            software: Software.version)
        configuration.blobAddress = blobAddress
        let daemon = try CoordinatorDaemon(configuration, logger: logger)
        let group = ServiceGroup(
            services: [daemon], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }

    /// The same interface with a free port.
    static func anyPort(of address: String) -> String {
        guard let colon = address.lastIndex(of: ":"), address.hasPrefix("tcp") else {
            return "tcp://127.0.0.1:0"
        }
        return address[..<colon] + ":0"
    }
}
