import Blobs
import Coordinator
import Domain
import Foundation
import Logging
import Planning
import Synchronization
import Transfer

/// A coordinator in this process and workers in processes of their own, all on this machine.
final class LocalCluster: Sendable {
    private let daemon: CoordinatorDaemon
    private let supervisor: WorkerSupervisor
    let client: ClusterClient

    /// Starts everything in `dataFolder`, whose cached results are used again.
    init(dataFolder: URL, workers: Int, memoryBytes: Int?) throws {
        var logger = Logger(label: "coordinator")
        logger.logLevel = .error
        daemon = try CoordinatorDaemon(
            CoordinatorConfiguration(
                dataFolder: dataFolder.appendingPathComponent("coordinator"),
                controlAddress: "tcp://127.0.0.1:0", host: Host.identity,
                software: Software.version), logger: logger)
        supervisor = WorkerSupervisor(
            coordinator: daemon.controlAddress, dataFolder: dataFolder, count: workers,
            memoryBytes: memoryBytes ?? Host.memoryBytes / 2 / max(1, workers))
        do {
            client = try ClusterClient(
                address: daemon.controlAddress, identityFolder: IdentityFolder.named(nil))
        } catch {
            daemon.stop()
            throw error
        }
        supervisor.start()
    }

    /// Waits until all workers have said what they hold, half a minute at most: what an earlier
    /// job left with them is not computed again only because one came late.
    private func awaitWorkers() throws {
        let patience = Date().addingTimeInterval(30)
        while Date() < patience {
            let present: [WorkerStatus] = try client.ask(.workers)
            if present.count(where: \.isConnected) >= supervisor.count { return }
            try checkWorkers()
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// The coordinator's blobs.
    var store: BlobStore { daemon.store }

    /// Registers the intake's files by reference, and starts the job.
    func submit(
        _ specification: JobSpecification, _ intake: JobIntake, title: String
    ) throws -> JobID {
        for source in intake.sources where source.manifest.byteCount > 0 {
            try daemon.store.addReference(
                file: source.file, offset: source.offset,
                byteCount: source.manifest.byteCount, manifest: source.manifest)
        }
        let empty = intake.sources.contains { $0.manifest.byteCount == 0 } ? [[UInt8]()] : []
        for bytes in intake.contents + empty {
            _ = try daemon.store.store(bytes, synced: true)
        }
        let blobs = try client.blobClient()
        defer { blobs.close() }
        try awaitWorkers()
        return try client.start(specification, title: title, blobs)
    }

    /// Fails when the coordinator has stopped or no worker can be kept alive.
    func checkWorkers() throws {
        if let reason = daemon.stopReason { throw CommandFailure(.output, reason) }
        // Somebody may make room for a cluster; a command on one machine ends, and goes on when
        // it is given again.
        if let reason = daemon.readOnlyReason { throw CommandFailure(.output, reason) }
        if let reason = supervisor.givenUp { throw CommandFailure(.unexpected, reason) }
    }

    /// Stops the workers, then the coordinator.
    func stop() {
        supervisor.stop()
        client.close()
        daemon.stop()
    }
}

/// Keeps worker processes alive; one thread, since a child dies with the thread that made it.
final class WorkerSupervisor: Sendable {
    private let coordinator: String
    private let dataFolder: URL
    let count: Int
    private let memoryBytes: Int
    private let stopping = RaisedFlag()
    private let finished = DispatchSemaphore(value: 0)
    private let reason = Mutex<String?>(nil)

    init(coordinator: String, dataFolder: URL, count: Int, memoryBytes: Int) {
        self.coordinator = coordinator
        self.dataFolder = dataFolder
        self.count = count
        self.memoryBytes = memoryBytes
    }

    var givenUp: String? { reason.withLock { $0 } }

    func start() {
        let thread = Thread { self.supervise() }
        thread.name = "supervisor"
        thread.start()
    }

    func stop() {
        stopping.raise()
        finished.wait()
    }

    private func supervise() {
        var processes: [Process?] = Array(repeating: nil, count: count)
        var starts = Array(repeating: 0, count: count)
        while !stopping.isRaised {
            for index in 0..<count where processes[index]?.isRunning != true {
                starts[index] += 1
                guard starts[index] <= 20 else {
                    let log = folder(index).appendingPathComponent("worker.log").path
                    reason.withLock { $0 = "Worker \(index) died 20 times; see \(log)." }
                    continue
                }
                do { processes[index] = try launch(index) } catch {
                    reason.withLock { $0 = "Worker \(index) cannot be started: \(error)" }
                }
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
        // Twice: a worker of this command keeps what it holds in its folder and need not drain.
        for process in processes { process?.terminate() }
        Thread.sleep(forTimeInterval: 0.05)
        for process in processes where process?.isRunning == true { process?.terminate() }
        let patience = Date().addingTimeInterval(10)
        for case let process? in processes {
            while process.isRunning, Date() < patience { Thread.sleep(forTimeInterval: 0.02) }
            if process.isRunning { _ = kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
        }
        finished.signal()
    }

    private func folder(_ index: Int) -> URL {
        dataFolder.appendingPathComponent("worker-\(index)")
    }

    private func launch(_ index: Int) throws -> Process {
        let folder = folder(index)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let log = folder.appendingPathComponent("worker.log")
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: log)
        _ = try handle.seekToEnd()
        let process = Process()
        process.executableURL = Host.executable
        process.arguments = [
            "worker", "--coordinator", coordinator, "--data-dir", folder.path, "--slots", "1",
            "--threads", "1", "--memory", "\(memoryBytes)", "--cache", "16GiB", "--parent",
            "\(ProcessInfo.processInfo.processIdentifier)",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        return process
    }
}
