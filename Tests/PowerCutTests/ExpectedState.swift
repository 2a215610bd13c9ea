import Domain
import Foundation

@testable import Ledger

/// What a ledger holds after the first steps of a plan.
struct ExpectedState: Equatable {
    struct Ended: Hashable {
        let lease: LeaseToken
        let outcome: AttemptOutcome?
    }

    var jobs: [JobID: Digest] = [:]
    var attempts: Set<Ended> = []
    /// Blobs of the results of tasks that are done.
    var done: [TaskID: [Digest]] = [:]
    var large: [UInt8]?

    init() {}

    /// What `steps` steps of `plan` leave.
    init(after steps: Int, of plan: WorkloadPlan, digests: BlobDigests) {
        for (number, step) in zip(1..., plan.steps.prefix(steps)) {
            take(step, number, plan, digests)
        }
    }

    /// What the ledger really has.
    init(reading ledger: Ledger) throws {
        for job in try ledger.jobs() {
            jobs[job.id] = job.submission.specification.digest
            for attempt in try ledger.attempts(job.id) {
                attempts.insert(Ended(lease: attempt.lease, outcome: attempt.outcome))
            }
            for (name, task) in try ledger.doneTasks(job.id) {
                let result = try ledger.result(forKey: task.key)
                done[TaskID(job: job.id, name: name)] = result?.result.outputs.map(\.blob.digest)
            }
        }
        large = try ledger.document(named: "large")
    }

    /// Every blob that the ledger promises.
    var blobs: Set<Digest> { Set(jobs.values).union(done.values.flatMap { $0 }) }

    private mutating func take(
        _ step: WorkloadPlan.Step, _ number: Int, _ plan: WorkloadPlan, _ digests: BlobDigests
    ) {
        switch step {
        case .submit(let job, _, let specification):
            jobs[WorkloadPlan.job(job)] = digests[specification]
        case .grant(let granted):
            for attempt in granted { attempts.insert(Ended(lease: attempt.lease, outcome: nil)) }
        case .finish(let attempt, let blobs): finish(attempt, blobs.map { digests[$0] })
        case .receiveRest(let attempt, let blob): finish(attempt, [digests[blob]])
        case .fail(let attempt): end(attempt, .failed)
        case .document(let byteCount):
            large = plan.document(ofStep: number, byteCount: byteCount)
        default: break
        }
    }

    private mutating func finish(_ attempt: WorkloadPlan.Attempt, _ blobs: [Digest]) {
        end(attempt, .done)
        done[attempt.lease.task] = blobs
    }

    private mutating func end(_ attempt: WorkloadPlan.Attempt, _ outcome: AttemptOutcome) {
        attempts.remove(Ended(lease: attempt.lease, outcome: nil))
        attempts.insert(Ended(lease: attempt.lease, outcome: outcome))
    }
}

/// The names of a plan's blobs, computed once.
final class BlobDigests {
    private let plan: WorkloadPlan
    private var known: [Int: Digest] = [:]

    init(_ plan: WorkloadPlan) { self.plan = plan }

    subscript(number: Int) -> Digest {
        if let digest = known[number] { return digest }
        let digest = BlobManifest(of: plan.bytes(ofBlob: number)).digest
        known[number] = digest
        return digest
    }
}
