import Foundation
import Messaging

/// A few threads that work off jobs, so that several requests are under way while bytes are
/// hashed and written.
final class LaneCrew<Job: Sendable>: Sendable {
    private struct State: Sendable {
        var waiting = 0
        var running: Int
        var failure: (any Error)?
    }

    private let jobs: Mailbox<Job>
    private let state: Monitor<State>
    private let jobsMax: Int

    /// Starts `lanes` threads; each job is given to `work` on one of them.
    init(lanes: Int, name: String, work: @escaping @Sendable (Job) throws -> Void) {
        jobsMax = 2 * lanes
        jobs = Mailbox(capacity: jobsMax)
        state = Monitor(State(running: lanes))
        let (jobs, state) = (jobs, state)
        for _ in 0..<lanes {
            let thread = Thread {
                while let job = jobs.takeOne() {
                    // After a failure the rest is only taken off.
                    if state.read({ $0.failure == nil }) {
                        do { try work(job) } catch {
                            state.change { $0.failure = $0.failure ?? error }
                        }
                    }
                    state.change { $0.waiting -= 1 }
                }
                state.change { $0.running -= 1 }
            }
            thread.name = name
            thread.start()
        }
    }

    /// Hands a job over, and waits while too many wait already; throws the first failure.
    func put(_ job: Job) throws {
        let limit = jobsMax
        let now = state.wait { $0.waiting < limit || $0.failure != nil }
        if let failure = now.failure { throw failure }
        state.change { $0.waiting += 1 }
        jobs.put(job)
    }

    /// Waits until all jobs are done and the threads have ended; throws the first failure.
    func finish() throws {
        jobs.close()
        if let failure = state.wait(until: { $0.running == 0 }).failure { throw failure }
    }
}
