import Domain
import Foundation
import Glibc
import Synchronization

/// The child process of one slot, reused from task to task and started anew after a crash.
final class ChildProcess: Sendable {
    private struct Running {
        var lease: LeaseToken?
        let process: Process
        let orders: FileHandle
        let answers: FileHandle
    }

    private let configuration: WorkerConfiguration
    private let running = Mutex<Running?>(nil)
    private let wasKilled = Atomic<Bool>(false)
    private let isEnding = Atomic<Bool>(false)

    init(_ configuration: WorkerConfiguration) {
        self.configuration = configuration
    }

    /// Its process id, while there is one.
    var processID: Int32? { running.withLock { $0?.process.processIdentifier } }

    /// Runs a lease's task; blocks until it answers or dies.
    func run(_ order: RunnerOrder, for lease: LeaseToken) -> RunnerAnswer {
        wasKilled.store(false, ordering: .relaxed)
        defer { running.withLock { $0?.lease = nil } }
        do {
            var bytes = try CanonicalJSON.encode(order)
            bytes.append(UInt8(ascii: "\n"))
            let answers = try send(bytes, for: lease)
            if let line = try readLine(from: answers) {
                return try CanonicalJSON.decode(RunnerAnswer.self, from: line)
            }
        } catch {
            return failed(Self.sentence(error))
        }
        return failed("it died without an answer")
    }

    /// Hands the order over; an idle child that has died meanwhile is replaced once.
    private func send(_ bytes: [UInt8], for lease: LeaseToken) throws -> FileHandle {
        do {
            let (orders, answers) = try start(for: lease)
            try orders.write(contentsOf: bytes)
            return answers
        } catch  where !isEnding.load(ordering: .relaxed) {
            _ = endedStatus()
            let (orders, answers) = try start(for: lease)
            try orders.write(contentsOf: bytes)
            return answers
        }
    }

    /// Kills the child if it runs `lease`, so that a cancelled task stops at once.
    func kill(ifRunning lease: LeaseToken) {
        running.withLock { slot in
            guard let slot, slot.lease == lease else { return }
            wasKilled.store(true, ordering: .relaxed)
            Self.kill(slot.process)
        }
    }

    /// Kills the child and starts no other.
    func end() {
        isEnding.store(true, ordering: .relaxed)
        running.withLock { slot in
            wasKilled.store(true, ordering: .relaxed)
            if let process = slot?.process { Self.kill(process) }
        }
    }

    /// SIGKILL, because a child leaves SIGTERM to its daemon.
    private static func kill(_ process: Process) {
        if process.isRunning { _ = Glibc.kill(process.processIdentifier, SIGKILL) }
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
        Self.kill(last.process)
        last.process.waitUntilExit()
    }

    private static func sentence(_ error: any Error) -> String { "\(error)" }

    private func start(for lease: LeaseToken) throws -> (FileHandle, FileHandle) {
        try running.withLock { slot in
            guard !isEnding.load(ordering: .relaxed) else { throw WorkerError.stopping }
            if let running = slot, running.process.isRunning {
                slot?.lease = lease
                return (running.orders, running.answers)
            }
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
                lease: lease, process: process, orders: orders.fileHandleForWriting,
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
        let cancelled =
            wasKilled.load(ordering: .relaxed) || isEnding.load(ordering: .relaxed)
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
        Self.kill(last.process)
        last.process.waitUntilExit()
        return last.process.terminationStatus
    }
}
