import Blobs
import Domain
import Foundation
import Logging
import Messaging
import Synchronization
import Transfer
import WorkerCore

/// The thread of one slot: brings inputs, runs the child, sends durable outputs.
///
/// The child dies with this thread, which lives as long as the daemon.
final class SlotThread: Sendable {
    let child: ChildProcess
    private let thread: SerialThread
    private let shell: Surroundings
    /// Folders of other stores for the lease that was prepared last.
    private let alternates = Mutex<[String]>([])
    private let lease = Mutex<LeaseToken?>(nil)
    private let wall: MemoryWall
    /// The lease whose output could not be sent, of which the log tells once.
    private let stalled = Mutex<LeaseToken?>(nil)

    /// What all slots share.
    struct Surroundings: Sendable {
        let configuration: WorkerConfiguration
        let store: BlobStore
        let fetcher: InputFetcher
        let logger: Logger
        let tell: @Sendable (WorkerEvent) -> Void
    }

    init(_ index: Int, wall: MemoryWall, _ shell: Surroundings, in crew: ThreadCrew) {
        child = ChildProcess(shell.configuration, wall: wall)
        self.wall = wall
        self.shell = shell
        thread = SerialThread("slot-\(index)", in: crew)
    }

    /// Whether it was the last one to prepare this lease.
    func holds(_ token: LeaseToken) -> Bool { lease.withLock { $0 == token } }

    /// Brings the inputs within reach; ends with ``WorkerEvent/prepared(_:_:)``.
    func prepare(_ grant: WorkGrant) {
        lease.withLock { $0 = grant.token }
        thread.perform { [self] in
            // Without inputs there is nothing to look for.
            guard !grant.inputs.isEmpty else {
                alternates.withLock { $0 = [] }
                return shell.tell(.prepared(grant.token, nil))
            }
            switch shell.fetcher.prepare(grant) {
            case .ready(let folders):
                alternates.withLock { $0 = folders }
                shell.tell(.prepared(grant.token, nil))
            case .failed(let failure):
                note(failure, of: grant)
                shell.tell(.prepared(grant.token, failure))
            }
        }
    }

    /// Runs the task in the child; ends with ``WorkerEvent/finished(_:_:)``.
    func run(_ grant: WorkGrant) {
        thread.perform { [self] in
            let configuration = shell.configuration
            let room = configuration.memoryBytesPerSlot + MemoryWall.allowanceBytes
            let dataBytesMax: Int? = if case .data = wall { room } else { nil }
            let order = RunnerOrder(
                grant, alternates: alternates.withLock { $0 }, dataBytesMax: dataBytesMax)
            let fallback = configuration.taskSecondsMax.map { Duration.seconds($0) }
            // A limit of the grant's own is watched by the core.
            let answer = child.run(
                order, for: grant.token,
                within: grant.timeLimitMilliseconds > 0 ? nil : fallback)
            shell.tell(.finished(grant.token, outcome(answer, of: grant)))
        }
    }

    /// Sends a durable output; ends with ``WorkerEvent/uploaded(_:_:_:)``.
    func upload(_ digest: Digest, of lease: LeaseToken) {
        thread.perform { [self] in
            let outcome = shell.upload(digest)
            if case .unreachable(let text) = outcome { noteStall(text, of: lease) }
            shell.tell(.uploaded(digest, lease, outcome))
        }
    }

    private func noteStall(_ text: String, of token: LeaseToken) {
        let isNew = stalled.withLock { known in
            defer { known = token }
            return known != token
        }
        guard isNew else { return }
        shell.logger.warning(
            "an output waits until the coordinator takes it",
            metadata: ["lease": "\(token)", "reason": "\(text)"])
    }

    /// Ends the child and the thread.
    func end() {
        child.end()
        // On the slot's thread: nobody else may wait for the child.
        thread.perform { [child] in child.stop() }
        thread.end()
    }

    private func outcome(_ answer: RunnerAnswer, of grant: WorkGrant) -> RunOutcome {
        if let result = answer.result { return .result(result, answer.measurements) }
        let failure = answer.failure ?? TaskFailure(.crashed, "The task gave no answer.")
        if let damaged = answer.damaged {
            // It may lie in a neighbour's folder, where nobody here can put it aside.
            shell.fetcher.distrust(damaged)
            shell.tellOfDamage()
        }
        note(failure, of: grant)
        return .failure(failure)
    }

    private func note(_ failure: TaskFailure, of grant: WorkGrant) {
        guard failure.failureClass != .cancelled else { return }
        shell.logger.warning(
            "task failed",
            metadata: [
                "lease": "\(grant.token)", "class": "\(failure.failureClass.rawValue)",
                "reason": "\(failure.text)",
            ])
    }
}

extension SlotThread.Surroundings {
    /// Takes back what was promised to others and has been put aside as damaged since.
    func tellOfDamage() {
        do {
            let digests = try store.takeDamaged()
            guard !digests.isEmpty else { return }
            logger.warning(
                "damaged blobs put aside",
                metadata: ["blobs": "\(digests.map(\.short).joined(separator: " "))"])
            tell(.damaged(digests))
        } catch {
            logger.warning("quarantine not read", metadata: ["reason": "\(error)"])
        }
    }

    /// Sends a blob to the coordinator, once.
    func upload(_ digest: Digest) -> UploadOutcome {
        do {
            try fetcher.upload(digest)
            return .stored
        } catch let error as BlobError {
            switch error {
            case .missing: return .missing
            case .corrupt:
                tellOfDamage()
                return .missing
            default: return .failed(TaskFailure(.environment, error.description))
            }
        } catch let error as TransferError {
            switch error {
            // A coordinator without room takes it later; the attempt has not failed.
            case .noSpace(let text): return .unreachable(text)
            default: return .failed(TaskFailure(.environment, error.description))
            }
        } catch {
            return .unreachable("\(error)")
        }
    }
}
