import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals
import Worker

/// `spokeshave worker`: the daemon that computes.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run a worker of a cluster.",
        discussion: """
            Dials the coordinator, asks for tasks, and runs each slot's tasks in a child \
            process. Kill it when you like; its task runs elsewhere, and what its folder holds \
            is used again when it comes back.
            """)

    @OptionGroup var coordinator: CoordinatorOption

    @Option(name: .long, help: "The folder of its blobs and its name.")
    var dataDir: String

    @Option(name: .long, help: "Tasks at once. The default is one for each core.")
    var slots: Int?

    @Option(name: .long, help: "Memory that one task may use, e.g. 2GiB.")
    var memory: String?

    @Option(name: .long, help: "Disk for its blobs, e.g. 100GiB.")
    var cache = "64GiB"

    @Option(name: .long, help: "Where peers fetch blobs from it; port 0 takes a free one.")
    var blobs = "tcp://127.0.0.1:0"

    // Read by `Entry` on the main thread.
    @Option(name: .long, help: .hidden)
    var parent: Int32?

    @OptionGroup var security: InsecureOption

    @Flag(name: .long, help: "Log everything.")
    var verbose = false

    func run() async throws {
        try security.check([blobs])
        let slots = slots ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...1_024).contains(slots) else {
            throw CommandFailure(.usage, "--slots must be from 1 to 1024.")
        }
        guard let cacheBytes = Host.bytes(cache),
            let memoryBytes = memory.map({ Host.bytes($0) }) ?? (Host.memoryBytes / 2 / slots)
        else { throw CommandFailure(.usage, "Sizes are written like 2GiB or 500MiB.") }
        var logger = Logger(label: "worker")
        logger.logLevel = verbose ? .debug : .info
        let daemon = try WorkerDaemon(
            WorkerConfiguration(
                coordinator: coordinator.address, dataFolder: URL(filePath: dataDir),
                slots: slots, memoryBytesPerSlot: memoryBytes, blobAddress: blobs,
                cacheBytesMax: cacheBytes, host: Host.identity, software: Software.version,
                runner: (Host.executable, ["run-tasks"])), logger: logger)
        let group = ServiceGroup(
            services: [daemon], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }
}

/// `spokeshave run-tasks`: the child process of a worker's slot.
struct RunTasks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-tasks", abstract: "Run a worker's tasks (started by workers only).",
        shouldDisplay: false)

    @Option(name: .long, help: "The worker's store.")
    var store: String

    @Option(name: .long, help: "The worker's process.")
    var parent: Int32

    func run() throws {
        var runner = try TaskRunner(root: URL(filePath: store), parent: parent)
        try runner.run()
    }
}
