import Domain
import Foundation
import Logging
import Messaging

/// One slot's endless story: ask for a task, fetch its inputs, compute in the child, report.
struct Slot: Sendable {
    let index: Int
    let link: ControlLink
    let child: ChildProcess
    let fetcher: InputFetcher
    let leases: RunningLeases
    let membership: Membership
    let logger: Logger

    func run() {
        while !membership.isStopping {
            do { try step() } catch WorkerError.stopping { break } catch {
                logger.error(
                    "slot failed", metadata: ["slot": "\(index)", "reason": "\(error)"])
                membership.fail(error)
                break
            }
        }
        child.stop()
    }

    private func step() throws {
        guard membership.waitUntilJoined() else { throw WorkerError.stopping }
        if membership.isDraining {
            Thread.sleep(forTimeInterval: 0.2)
            return
        }
        let wait = Duration.milliseconds(Limits.pollMilliseconds) + .seconds(10)
        switch try link.ask(.lease(slot: index), channel: "slot-\(index)", timeout: wait) {
        case .grant(let grant): try work(on: grant)
        case .nothingYet: return
        case .sayHello: membership.rejoin()
        case .refused(let reason, let isFinal):
            guard !isFinal else { throw WorkerError.refused(reason: reason) }
            Thread.sleep(forTimeInterval: 1)
        case .welcome, .done, .beat, .commit: return
        }
    }

    private func work(on grant: WorkGrant) throws {
        leases.add(grant, on: child)
        // Until the coordinator has answered, a hello must name this lease.
        defer { leases.remove(grant.token) }
        let answer = compute(grant)
        let failure = answer.failure ?? upload(answer.result, of: grant)
        // A cancelled attempt is not reported: nobody waits for it any more.
        if leases.isCancelled(grant.token) { return }
        let channel = "slot-\(index)"
        let timeout = Duration.seconds(20)
        if let failure {
            logger.warning(
                "task failed",
                metadata: ["lease": "\(grant.token)", "reason": "\(failure.text)"])
            let reply = try link.ask(
                .fail(grant.token, failure), channel: channel, timeout: timeout)
            if reply == .sayHello { membership.rejoin() }
        } else if let result = answer.result {
            try commit(grant.token, result, answer.measurements, channel, timeout)
        }
    }

    /// Commits; a coordinator that has restarted meanwhile first wants to know us again.
    private func commit(
        _ token: LeaseToken, _ result: TaskResult, _ measurements: TaskMeasurements,
        _ channel: String, _ timeout: Duration
    ) throws {
        while true {
            let reply = try link.ask(
                .commit(token, result, measurements), channel: channel, timeout: timeout)
            guard reply == .sayHello else { return }
            membership.rejoin()
            guard membership.waitUntilJoined() else { throw WorkerError.stopping }
        }
    }

    private func compute(_ grant: WorkGrant) -> RunnerAnswer {
        switch fetcher.prepare(grant) {
        case .failed(let failure):
            return RunnerAnswer(
                result: nil, failure: failure,
                measurements: TaskMeasurements(seconds: 0, peakBytes: 0, core: ""))
        case .ready(let alternates):
            if membership.isStopping || leases.isCancelled(grant.token) {
                return RunnerAnswer(
                    result: nil, failure: TaskFailure(.cancelled, "The task was cancelled."),
                    measurements: TaskMeasurements(seconds: 0, peakBytes: 0, core: ""))
            }
            return child.run(
                RunnerOrder(
                    kind: grant.kind, version: grant.version, parameters: grant.parameters,
                    inputs: Dictionary(
                        grant.inputs.map { ($0.name, $0.blob) }, uniquingKeysWith: { $1 }),
                    outputs: grant.outputs, alternates: alternates), for: grant.token)
        }
    }

    /// Sends the durable outputs to the coordinator before the result counts.
    private func upload(_ result: TaskResult?, of grant: WorkGrant) -> TaskFailure? {
        guard let result else { return TaskFailure(.crashed, "The task gave no answer.") }
        for (declaration, output) in zip(grant.outputs, result.outputs)
        where declaration.retention == .durable {
            do { try upload(output.blob.digest, of: grant) } catch {
                return TaskFailure(.environment, "\(error)")
            }
        }
        return nil
    }

    /// Sends one blob, however long the coordinator is away: a restarted one serves at another
    /// address, which its welcome tells.
    private func upload(_ digest: Digest, of grant: WorkGrant) throws {
        var pause = 0.5
        while true {
            do { return try fetcher.upload(digest) } catch let error as MessagingError {
                guard error.isRetryable || error == .closed else { throw error }
                guard !membership.isStopping, !leases.isCancelled(grant.token) else {
                    throw WorkerError.stopping
                }
                Thread.sleep(forTimeInterval: pause)
                pause = min(5, pause * 2)
            }
        }
    }
}
