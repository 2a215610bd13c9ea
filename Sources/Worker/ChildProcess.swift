import Domain
import Foundation
import Synchronization

/// The child process of one slot, reused from task to task and started anew after a crash.
final class ChildProcess: Sendable {
    private struct Running {
        let process: Process
        let orders: FileHandle
        let answers: FileHandle
    }

    private let configuration: WorkerConfiguration
    private let running = Mutex<Running?>(nil)
    private let wasKilled = Atomic<Bool>(false)

    init(_ configuration: WorkerConfiguration) {
        self.configuration = configuration
    }

    /// Its process id, while there is one.
    var processID: Int32? { running.withLock { $0?.process.processIdentifier } }

    /// Runs a task; blocks until it answers or dies.
    func run(_ order: RunnerOrder) -> RunnerAnswer {
        wasKilled.store(false, ordering: .relaxed)
        do {
            let (orders, answers) = try start()
            var bytes = try CanonicalJSON.encode(order)
            bytes.append(UInt8(ascii: "\n"))
            try orders.write(contentsOf: bytes)
            if let line = try readLine(from: answers) {
                return try CanonicalJSON.decode(RunnerAnswer.self, from: line)
            }
        } catch {
            return failed(Self.sentence(error))
        }
        return failed("it died without an answer")
    }

    /// Kills the child, so that a cancelled task stops at once.
    func kill() {
        wasKilled.store(true, ordering: .relaxed)
        running.withLock { slot in
            if let process = slot?.process, process.isRunning { process.terminate() }
        }
    }

    /// Ends the child and waits for it.
    func stop() {
        let last = running.withLock { slot in
            let last = slot
            slot = nil
            return last
        }
        guard let last else { return }
        try? last.orders.close()
        last.process.terminate()
        last.process.waitUntilExit()
    }

    private static func sentence(_ error: any Error) -> String { "\(error)" }

    private func start() throws -> (FileHandle, FileHandle) {
        try running.withLock { slot in
            if let slot, slot.process.isRunning { return (slot.orders, slot.answers) }
            let process = Process()
            process.executableURL = configuration.runner.executable
            process.arguments =
                configuration.runner.arguments + [
                    "--store", configuration.storeFolder.path,
                    "--parent", "\(ProcessInfo.processInfo.processIdentifier)",
                ]
            var environment = ProcessInfo.processInfo.environment
            // One thread inside a task: bits must not depend on how many cores there are.
            environment["OPENBLAS_NUM_THREADS"] = "1"
            // Large matrices go back to the system at once, so that idle memory is really free.
            environment["MALLOC_MMAP_THRESHOLD_"] = "\(4 << 20)"
            environment["MALLOC_ARENA_MAX"] = "2"
            process.environment = environment
            let orders = Pipe(), answers = Pipe()
            process.standardInput = orders
            process.standardOutput = answers
            try process.run()
            slot = Running(
                process: process, orders: orders.fileHandleForWriting,
                answers: answers.fileHandleForReading)
            return (orders.fileHandleForWriting, answers.fileHandleForReading)
        }
    }

    private func readLine(from handle: FileHandle) throws -> [UInt8]? {
        var line: [UInt8] = []
        while line.count <= Limits.controlMessageBytes {
            // `read(upToCount:)` would wait for all of them.
            let piece = handle.availableData
            guard !piece.isEmpty else { return nil }
            line += piece
            if line.last == UInt8(ascii: "\n") { return line }
        }
        throw WorkerError.child(reason: "its answer has no end.")
    }

    private func failed(_ reason: String) -> RunnerAnswer {
        let cancelled = wasKilled.load(ordering: .relaxed)
        let status = endedStatus()
        let failure =
            cancelled
            ? TaskFailure(.cancelled, "The task was cancelled.")
            : TaskFailure(
                status == 9 ? .outOfMemory : .crashed,
                "The process that computed the task ended: \(reason) (status \(status)).")
        return RunnerAnswer(
            result: nil, failure: failure,
            measurements: TaskMeasurements(seconds: 0, peakBytes: 0, core: ""))
    }

    private func endedStatus() -> Int32 {
        let last = running.withLock { slot in
            let last = slot
            slot = nil
            return last
        }
        guard let last else { return -1 }
        try? last.orders.close()
        if last.process.isRunning { last.process.terminate() }
        last.process.waitUntilExit()
        return last.process.terminationStatus
    }
}
