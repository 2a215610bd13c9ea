import Blobs
import Domain
import Foundation
import Ledger
import Logging
import Scheduling

extension Engine {
    /// Answers the requests of those who look after the cluster.
    mutating func upkeep(_ request: ClientRequest) throws -> [UInt8] {
        switch request {
        case .health: return try CanonicalJSON.encode(health())
        case .explain(let job, let name):
            return try CanonicalJSON.encode(try explain(TaskID(job: job, name: name)))
        case .drain(let worker): return try confirm(try drain(worker))
        case .makeToken(let role, let uses, let seconds):
            return try confirm(try makeToken(role, uses: uses, secondsToLive: seconds))
        case .revoke(let name): return try confirm(try revoke(name))
        default: preconditionFailure("no request of upkeep")
        }
    }

    /// About every second: keeps the ledger's log short, and forgets old sessions.
    mutating func keepLedger() {
        guard keptLedgerAt.duration(to: .now) > .seconds(1) else { return }
        keptLedgerAt = .now
        access.prune(nowUnixMs: unixMilliseconds)
        do {
            let upkeep = try ledger.upkeep(isIdle: jobs.isEmpty)
            if upkeep.isLogPinned {
                logger.warning("a reader keeps the ledger's log from being emptied")
            }
        } catch {
            // Want of room shows, and is dealt with, when the next batch is written.
            logger.warning("ledger not kept", metadata: ["reason": "\(error)"])
        }
    }

    private func confirm(_ text: String) throws -> [UInt8] {
        try CanonicalJSON.encode(Confirmation(text: text))
    }

    private func health() -> CoordinatorHealth {
        let elapsed = startedAt.duration(to: .now).components
        let figures = listenerFigures.read
        return CoordinatorHealth(
            software: configuration.software, readOnlyReason: room.reason,
            freeBytes: room.freeBytes, epoch: ledger.epoch,
            upSeconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18,
            runningJobs: jobs.count,
            connectedWorkers: scheduler.workerStatuses.count { $0.presence == .connected },
            failedProbes: figures.failedProbes, listenerRecycles: figures.recycles,
            certificateExpiresUnixMs: figures.certificateExpiresUnixMs
                ?? access.certificateExpiresUnixMs,
            damagedBlobs: damagedBlobs)
    }

    private func explain(_ task: TaskID) throws -> TaskExplanation {
        if let found = scheduler.explain(task) { return found }
        guard let job = try ledger.job(task.job) else {
            throw CoordinatorError.unknownJob(task.job)
        }
        guard let record = try ledger.task(task) else {
            throw CoordinatorError.unknownTask(task)
        }
        var sentences = ["Its job is \(job.phase.rawValue)."]
        if let reason = job.reason { sentences.append("The job ended so: \(reason)") }
        if let failure = record.failure { sentences.append("Its last failure: \(failure.text)") }
        if let origin = record.origin { sentences.append("Its result was \(origin.rawValue).") }
        return TaskExplanation(task: task.name, phase: record.phase, sentences: sentences)
    }

    private mutating func drain(_ worker: WorkerID) throws -> String {
        guard workers[worker] != nil else { throw CoordinatorError.unknownWorker(worker) }
        workers[worker]?.drainReason = "A person drained it."
        react(to: .drainWorker(worker))
        return "\(worker) gets no more work and leaves when nothing is lost by it."
    }

    private mutating func makeToken(
        _ role: Role, uses: Int, secondsToLive: Int64
    ) throws -> String {
        let token = try access.makeToken(
            role, uses: uses, lifeMilliseconds: secondsToLive * 1_000,
            nowUnixMs: unixMilliseconds)
        changes += access.takeChanges()
        logger.notice("token made", metadata: ["role": "\(role.rawValue)", "uses": "\(uses)"])
        return token
    }

    private mutating func revoke(_ name: String) throws -> String {
        let text = try access.revoke(name)
        changes += access.takeChanges()
        // Nothing of it is heard any more, so its tasks need not wait for its lease to run out.
        if let gone = workers.keys.first(where: { "worker:\($0)" == name }) {
            react(to: .workerDisconnected(gone))
        }
        logger.notice("revoked", metadata: ["name": "\(name)"])
        return text
    }
}
