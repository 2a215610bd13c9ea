import Domain
import Scheduling

/// The coordinator's process: the real scheduler and answer register in a shell that does what
/// the engine does.
final class SimulatedCoordinator {
    /// A worker as the shell knows it.
    struct KnownWorker {
        var profile: WorkerProfile
        var incarnation: UInt64
        var pipe: Int
        var announced: [Digest] = []
        var hasAnnounced = false
        var hasJoined = false
    }

    /// An answer that leaves once the batch is recorded.
    struct Outgoing {
        let call: Call
        let reply: WorkerReply
    }

    var scheduler: Scheduler
    var register = AnswerRegister()
    let startedAt: Int64
    let isRestarted: Bool
    var workers: [WorkerID: KnownWorker] = [:]
    /// Requests that have no answer yet, by the number that the register and the scheduler know.
    var waiting: [UInt64: Call] = [:]
    var nextRequest: UInt64 = 1
    /// What became of commits that asked for work at the same time, until they are answered.
    var verdicts: [UInt64: CommitVerdict] = [:]
    /// All replies made in this life: the register keeps their numbers as bytes.
    var replies: [WorkerReply] = []
    var drivers: [JobID: SimulatedDriver] = [:]
    var tasks: [TaskID: TaskDescription] = [:]
    var changes: [SimulatedLedger.Change] = []
    /// Jobs that were submitted or taken up in this life, over or not.
    var known: Set<JobID> = []
    var cancelled: Set<JobID> = []
    var unrecorded: [Digest: TaskResult] = [:]
    var outbox: [Outgoing] = []
    /// Jobs whose submission is acknowledged by the next flush.
    var submitted: [Int] = []
    var effects: [Effect] = []
    var performed = 0
    var isPerforming = false
    var isFlushPlanned = false
    /// Answers sent for each request of this life, to compare repeats.
    var sent: [CallName: WorkerReply] = [:]

    init(scheduler: Scheduler, startedAt: Int64, isRestarted: Bool) {
        self.scheduler = scheduler
        self.startedAt = startedAt
        self.isRestarted = isRestarted
    }

    static func bytes(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    static func number(_ bytes: [UInt8]) -> Int {
        bytes.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    }
}

/// A worker's request on its way.
struct Call {
    let number: Int
    let worker: Int
    let life: Int
    let pipe: Int
    let request: WorkerRequest

    var name: CallName {
        CallName(
            worker: request.worker, incarnation: request.incarnation, channel: request.channel,
            sequence: request.sequence)
    }
}

/// What makes two requests the same.
struct CallName: Hashable {
    let worker: WorkerID
    let incarnation: UInt64
    let channel: String
    let sequence: UInt64
}
