import CSystem
import Domain
import Foundation
import Synchronization

/// The child process of one slot, reused from task to task and started anew after its end.
///
/// ``run(_:for:within:)`` and ``stop()`` belong to the slot's thread, which must live as long as
/// the child shall; the kernel kills the child with the thread that started it.
final class ChildProcess: Sendable {
    private struct State {
        var process: PosixProcess?
        var lease: LeaseToken?
        /// A lease that was given up before it came here.
        var doomed: LeaseToken?
        /// Whether we killed it, so that its end is no news.
        var wasKilled = false
        var isEnding = false
    }

    private let configuration: WorkerConfiguration
    private let wall: MemoryWall
    private let state = Mutex(State())

    init(_ configuration: WorkerConfiguration, wall: MemoryWall) {
        self.configuration = configuration
        self.wall = wall
        // A child may die while its order is written; that is an error, not our end.
        spokeshave_ignore_broken_pipes()
    }

    /// Its process id, while there is one.
    var processID: Int32? { state.withLock { $0.process?.id } }

    /// Runs a lease's task; blocks until it answers, dies, or has had its time.
    ///
    /// - Parameter time: how long the task may run; nil for ever.
    func run(
        _ order: RunnerOrder, for lease: LeaseToken, within time: Duration?
    ) -> RunnerAnswer {
        defer { state.withLock { $0.lease = nil } }
        do {
            var bytes = try CanonicalJSON.encode(order)
            bytes.append(UInt8(ascii: "\n"))
            return try converse(bytes, order, for: lease, within: time)
        } catch WorkerError.stopping {
            return Self.cancelled
        } catch {
            let wasKilled = state.withLock { $0.wasKilled || $0.isEnding }
            _ = bury()
            return wasKilled ? Self.cancelled : Self.failed(.environment, "\(error)")
        }
    }

    /// Stops the task of `lease` at once, or keeps it from starting.
    func kill(_ lease: LeaseToken) {
        state.withLock { state in
            guard state.lease == lease else {
                state.doomed = lease
                return
            }
            state.wasKilled = true
            state.process?.kill()
        }
    }

    /// Kills the child and starts no other.
    func end() {
        state.withLock { state in
            state.isEnding = true
            state.wasKilled = true
            state.process?.kill()
        }
    }

    /// Ends the child and waits for it.
    func stop() {
        end()
        _ = bury()
    }

    /// Kills what is left of the child and forgets it.
    private func bury() -> PosixProcess.Ending? {
        let process = state.withLock { state in
            defer { (state.process, state.wasKilled) = (nil, false) }
            return state.process
        }
        process?.kill()
        return process?.end()
    }

    // MARK: One order

    private func converse(
        _ bytes: [UInt8], _ order: RunnerOrder, for lease: LeaseToken, within time: Duration?
    ) throws -> RunnerAnswer {
        let before = MemoryKills(wall)
        var words = LastWords()
        let process = try hand(bytes, to: lease)
        let deadline = time.map { SuspendingClock.now + $0 }
        var answer: [UInt8] = []
        while true {
            let left = deadline.map { SuspendingClock.now.duration(to: $0) / .milliseconds(1) }
            let signs = process.wait(milliseconds: left.map { Int32(max(0, min($0, 1e9))) })
            if signs.contains(.complaint) { words.append(process.readComplaint()) }
            if signs.contains(.answer) {
                let piece = process.readAnswer()
                answer += piece
                if answer.last == UInt8(ascii: "\n") {
                    return try Self.answer(answer)
                }
                if piece.isEmpty || answer.count > Limits.controlMessageBytes { break }
                continue
            }
            // What it said before its end has been read: nothing more will come.
            if signs.contains(.end) { break }
            if let left, left <= 0 {
                return timedOut(after: time)
            }
        }
        return deathReport(of: process, words, order, since: before)
    }

    private static func answer(_ line: [UInt8]) throws -> RunnerAnswer {
        do { return try CanonicalJSON.decode(RunnerAnswer.self, from: line) } catch {
            throw WorkerError.child(reason: "its answer cannot be read.")
        }
    }

    private func timedOut(after time: Duration?) -> RunnerAnswer {
        let wasKilled = state.withLock(\.wasKilled)
        _ = bury()
        guard !wasKilled else { return Self.cancelled }
        let seconds = (time ?? .zero) / .seconds(1)
        return Self.failed(
            .timeout,
            "The task had no result after \(seconds.formatted()) s, which is all that it may "
                + "take here, and was stopped.")
    }

    /// Hands the order over; an idle child that has died meanwhile is replaced once.
    private func hand(_ bytes: [UInt8], to lease: LeaseToken) throws -> PosixProcess {
        let first = try start(for: lease)
        do {
            try first.write(bytes)
            return first
        } catch {
            _ = bury()
            let second = try start(for: lease)
            try second.write(bytes)
            return second
        }
    }

    private func start(for lease: LeaseToken) throws -> PosixProcess {
        let isStale = state.withLock { $0.wasKilled || $0.process?.isRunning == false }
        if isStale { _ = bury() }
        return try state.withLock { state in
            guard !state.isEnding, state.doomed != lease else { throw WorkerError.stopping }
            state.lease = lease
            if let process = state.process {
                // Complaints of earlier tasks are not this task's last words.
                _ = process.readComplaint()
                return process
            }
            let process = try PosixProcess.start(
                configuration.runner.executable.path,
                arguments: configuration.runner.arguments + [
                    "--store", configuration.storeFolder.path,
                    "--parent", "\(ProcessInfo.processInfo.processIdentifier)",
                ], environment: Self.environment)
            state.process = process
            if case .group(let group) = wall { try group.take(in: process.id) }
            return process
        }
    }

    private static var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        // One thread inside a task: bits must not depend on how many cores there are.
        environment["OPENBLAS_NUM_THREADS"] = "1"
        // Large matrices go back to the system at once, so that idle memory is really free.
        environment["MALLOC_MMAP_THRESHOLD_"] = "\(4 << 20)"
        environment["MALLOC_ARENA_MAX"] = "2"
        // The runtime's own report of a crash takes seconds and memory that is not there.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        return environment
    }

    // MARK: Its death

    private func deathReport(
        of process: PosixProcess, _ said: LastWords, _ order: RunnerOrder,
        since before: MemoryKills
    ) -> RunnerAnswer {
        var words = said
        words.append(process.readComplaint())
        let wasKilled = state.withLock { $0.wasKilled || $0.isEnding }
        let ending = bury() ?? .status(-1)
        guard !wasKilled else { return Self.cancelled }
        let death = ChildDeath(
            ending: ending, words: words, statedBytes: order.statedBytes,
            limitBytes: configuration.memoryBytesPerSlot,
            killsByMemory: MemoryKills(wall).grew(since: before))
        return RunnerAnswer(
            result: nil, failure: death.failure,
            measurements: TaskMeasurements(seconds: 0, peakBytes: 0, core: ""))
    }

    private static var cancelled: RunnerAnswer { failed(.cancelled, "The task was cancelled.") }

    private static func failed(_ failureClass: FailureClass, _ text: String) -> RunnerAnswer {
        RunnerAnswer(
            result: nil, failure: TaskFailure(failureClass, text),
            measurements: TaskMeasurements(seconds: 0, peakBytes: 0, core: ""))
    }
}
