import Domain
import Foundation

/// What a recorded process does, step by step; the same for the same seed, so that who looks at
/// an image knows what must be in it.
struct WorkloadPlan {
    /// One step. Steps that change the ledger do so in one batch, which also records the number
    /// of the step.
    enum Step: Equatable {
        /// A job of so many tasks, whose specification is a blob.
        case submit(job: Int, tasks: Int, specification: Int)
        case grant([Attempt])
        /// A result of blobs, which are stored first.
        case finish(Attempt, blobs: [Int])
        case fail(Attempt)
        /// A document of so many bytes.
        case document(byteCount: Int)
        /// A blob that nobody is promised, stored without any sync.
        case loose(Int)
        case removeLoose(Int)
        case checkpoint(truncating: Bool)
        case reopen
        case backup(Int)
        /// The first half of a blob that comes in chunks.
        case receiveHalf(Int)
        /// The rest of it, and its result.
        case receiveRest(Attempt, Int)

        var changesLedger: Bool {
            switch self {
            case .submit, .grant, .finish, .fail, .document, .receiveRest: true
            default: false
            }
        }
    }

    struct Attempt: Hashable {
        let job: Int
        let task: Int
        let number: Int

        var lease: LeaseToken {
            LeaseToken(
                task: TaskID(job: WorkloadPlan.job(job), name: WorkloadPlan.task(task)),
                attempt: number, worker: WorkerID("worker-\((job + task + number) % 3)"))
        }
    }

    let seed: UInt64
    /// From step 1; step 0 is the beginning.
    private(set) var steps: [Step] = []

    static func job(_ number: Int) -> JobID { JobID("job-\(number)") }
    static func task(_ number: Int) -> TaskName { TaskName("task-\(number)") }

    static func key(_ attempt: Attempt) -> Digest {
        Digest(sha256Of: Array("key of \(attempt.job) \(attempt.task)".utf8))
    }

    /// The bytes of a blob: up to 20 KB, those from 1,000 on a little more than a chunk.
    func bytes(ofBlob number: Int) -> [UInt8] {
        var random = SplitMix(seed: seed &* 1_000_003 &+ UInt64(number))
        if number >= 1_000 { return random.bytes(Limits.chunkBytes + 1_000) }
        return random.bytes(number.isMultiple(of: 5) ? random.below(40) : random.below(20_000))
    }

    func document(ofStep step: Int, byteCount: Int) -> [UInt8] {
        var random = SplitMix(seed: seed &+ UInt64(step))
        return random.bytes(byteCount)
    }

    /// The same without the steps that leave the ledger as it is.
    var changesOnly: WorkloadPlan {
        var plan = self
        plan.steps.removeAll { !$0.changesLedger }
        return plan
    }

    /// The last of the first `step` steps that changes the ledger; 0 if none does.
    func lastChange(upTo step: Int) -> Int {
        (1..<step + 1).last { steps[$0 - 1].changesLedger } ?? 0
    }
}

extension WorkloadPlan {
    /// A plan of `count` steps.
    ///
    /// - Parameter chunked: whether a blob of several chunks comes in at the end.
    init(seed: UInt64, count: Int, chunked: Bool = false) {
        self.seed = seed
        var planner = Planner(random: SplitMix(seed: seed))
        while steps.count < count { steps.append(planner.next()) }
        if chunked {
            let attempt = Attempt(job: planner.jobs, task: 0, number: 1)
            steps += [
                .submit(job: planner.jobs, tasks: 1, specification: 1), .grant([attempt]),
                .receiveHalf(1_000), .receiveRest(attempt, 1_000), .reopen,
                .document(byteCount: 10),
            ]
        }
    }
}

/// Draws steps that fit what was done before.
private struct Planner {
    var random: SplitMix
    var jobs = 0
    private var backups = 0
    private var attempts: [WorkloadPlan.Attempt: Int] = [:]
    private var waiting: [(job: Int, task: Int, number: Int)] = []
    private var open: [WorkloadPlan.Attempt] = []
    private var loose: [Int] = []
    private var referenced: Set<Int> = []

    init(random: SplitMix) { self.random = random }

    mutating func next() -> WorkloadPlan.Step {
        if waiting.isEmpty && open.isEmpty { return submit() }
        switch random.below(100) {
        case 0..<8: return submit()
        case 8..<34: return grant() ?? finish() ?? submit()
        case 34..<64: return finish() ?? grant() ?? submit()
        case 64..<70: return fail() ?? .document(byteCount: 100)
        case 70..<78:
            return .document(byteCount: random.below(4) == 0 ? 60_000 : random.below(3_000))
        case 78..<84:
            loose.append(random.below(30))
            return .loose(loose[loose.count - 1])
        case 84..<87: return removeLoose() ?? .checkpoint(truncating: false)
        case 87..<94: return .checkpoint(truncating: random.happens(0.3))
        case 94..<98: return .reopen
        default:
            backups += 1
            return .backup(backups)
        }
    }

    private mutating func submit() -> WorkloadPlan.Step {
        let tasks = 1 + random.below(6)
        waiting += (0..<tasks).map { (jobs, $0, 1) }
        jobs += 1
        return .submit(job: jobs - 1, tasks: tasks, specification: blob())
    }

    private mutating func grant() -> WorkloadPlan.Step? {
        guard !waiting.isEmpty else { return nil }
        let count = min(1 + random.below(4), waiting.count)
        let granted = waiting.prefix(count).map {
            WorkloadPlan.Attempt(job: $0.job, task: $0.task, number: $0.number)
        }
        waiting.removeFirst(count)
        open += granted
        return .grant(granted)
    }

    private mutating func finish() -> WorkloadPlan.Step? {
        guard !open.isEmpty else { return nil }
        let attempt = open.remove(at: random.below(open.count))
        return .finish(attempt, blobs: (0...random.below(2)).map { _ in blob() })
    }

    private mutating func fail() -> WorkloadPlan.Step? {
        guard !open.isEmpty else { return nil }
        let attempt = open.remove(at: random.below(open.count))
        waiting.append((attempt.job, attempt.task, attempt.number + 1))
        return .fail(attempt)
    }

    private mutating func removeLoose() -> WorkloadPlan.Step? {
        guard let number = loose.first(where: { !referenced.contains($0) }) else { return nil }
        loose.removeAll { $0 == number }
        return .removeLoose(number)
    }

    /// Any of a few blobs, so that some were stored before.
    private mutating func blob() -> Int {
        let number = random.below(60)
        referenced.insert(number)
        return number
    }
}
