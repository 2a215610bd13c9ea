import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle
import Worker

/// `spokeshave worker`: the daemon that computes, and how it joins a cluster.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Run a worker of a cluster, or let it join one.",
        subcommands: [Run.self, Join.self], defaultSubcommand: Run.self)

    /// `spokeshave worker join`: a certificate for this worker.
    struct Join: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Get a certificate for this worker with a token.",
            discussion: """
                Once for each worker. Then start it with the same --data-dir. The worker is known \
                by the certificate's name from then on.
                """)

        @OptionGroup var joining: JoinOptions

        @Option(name: .long, help: "The worker's data folder.")
        var dataDir: String

        func run() throws {
            try joining.join(into: IdentityFolder.ofWorker(URL(filePath: dataDir)))
        }
    }

    /// `spokeshave worker run`, which is what `spokeshave worker` does.
    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a worker.",
            discussion: """
                Dials the coordinator, asks for tasks, and runs each slot's tasks in a child \
                process. Kill it when you like; its task runs elsewhere, and what its folder \
                holds is used again when it comes back. SIGTERM drains it: it finishes or hands \
                back, sends the coordinator what only it holds, and leaves. A second one stops it.
                """)

        @Option(
            name: .long,
            help: ArgumentHelp(
                "The coordinator's address. SPOKESHAVE_COORDINATOR sets the default.",
                valueName: "url"))
        var coordinator: String?

        @Option(name: .long, help: "The folder of its blobs, its name and its certificate.")
        var dataDir: String

        @Option(name: .long, help: "Tasks at once. The default is one for each core.")
        var slots: Int?

        @Option(
            name: .long,
            help: "Threads of a task. The default shares the cores out among the slots.")
        var threads: Int?

        @Option(name: .long, help: "Memory that one task may use, e.g. 2GiB.")
        var memory: String?

        @Option(name: .long, help: "Disk for its blobs, e.g. 100GiB.")
        var cache = "64GiB"

        @Option(name: .long, help: "Where peers fetch blobs from it; port 0 takes a free one.")
        var blobs = "tcp://127.0.0.1:0"

        @Option(name: .long, help: "How long running tasks may go on when it is drained.")
        var drainSeconds = 60

        // Read by `Entry` on the main thread.
        @Option(name: .long, help: .hidden)
        var parent: Int32?

        @OptionGroup var security: InsecureOption

        @Flag(name: .long, help: "Log everything.")
        var verbose = false

        private var address: String {
            CoordinatorOption.address(coordinator)
        }

        func run() async throws {
            var logger = Logger(label: "worker")
            logger.logLevel = verbose ? .debug : .info
            let daemon = try WorkerDaemon(try makeConfiguration(), logger: logger)
            try daemon.obeySignals()
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [
                        .init(
                            service: daemon, successTerminationBehavior: .gracefullyShutdownGroup)
                    ], logger: logger))
            try await group.run()
        }

        private func makeConfiguration() throws -> WorkerConfiguration {
            let slots = slots ?? ProcessInfo.processInfo.activeProcessorCount
            let share = ProcessInfo.processInfo.activeProcessorCount / max(1, slots)
            let threads = threads ?? min(64, max(1, share))
            guard (1...1_024).contains(slots), (0...86_400).contains(drainSeconds),
                (1...64).contains(threads)
            else {
                throw CommandFailure(
                    .usage,
                    "--slots is from 1 to 1024, --threads from 1 to 64, --drain-seconds from 0 "
                        + "to 86400.")
            }
            guard let cacheBytes = Host.bytes(cache),
                let memoryBytes = memory.map({ Host.bytes($0) }) ?? (Host.memoryBytes / 2 / slots)
            else { throw CommandFailure(.usage, "Sizes are written like 2GiB or 500MiB.") }
            let folder = URL(filePath: dataDir)
            try InsecureOption.checkReachable([blobs])
            // Sealed blobs may be reached from anywhere.
            if !SecureLink.isGuarded(address) { try security.check([blobs]) }
            var configuration = WorkerConfiguration(
                coordinator: address, dataFolder: folder, slots: slots,
                memoryBytesPerSlot: memoryBytes, blobAddress: blobs, cacheBytesMax: cacheBytes,
                host: Host.identity, software: Software.version,
                runner: (Host.executable, ["run-tasks", "--threads", "\(threads)"]))
            configuration.drainSeconds = drainSeconds
            if SecureLink.isGuarded(address) {
                try WorkerCredentials(folder: folder, address: address).apply(to: &configuration)
            }
            return configuration
        }
    }
}

/// `spokeshave run-tasks`: the child process of a worker's slot.
struct RunTasks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-tasks", abstract: "Run a worker's tasks (started by workers only).",
        shouldDisplay: false)

    @Option(name: .long, help: "The worker's store.")
    var store: String

    @Option(name: .long, help: "Threads of a task.")
    var threads = 1

    @Option(name: .long, help: "The worker's process.")
    var parent: Int32

    func run() throws {
        var runner = try TaskRunner(root: URL(filePath: store), threads: threads, parent: parent)
        try runner.run()
    }
}
