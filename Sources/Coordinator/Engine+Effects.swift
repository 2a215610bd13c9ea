import Blobs
import Domain
import Foundation
import Ledger
import Logging
import Scheduling
import Wire

extension Engine {
    mutating func perform(_ effect: Effect) {
        let time = unixMilliseconds
        switch effect {
        case .lookUp(let task, let key): lookUp(task, key)
        case .recordAttempt(let token):
            changes.append(.attemptGranted(token, unixMs: time))
        case .recordAttemptEnd(let token, let outcome, let failure):
            recordEnd(of: token, outcome, failure, time)
        case .recordResult(_, let key, let kind, let result, let measurements, let token):
            changes.append(.resultFound(key: key, kind: kind, result))
            unrecorded[key] = result
            if let token, let measurements { note(measurements, of: token) }
        case .recordTask(let task, let phase, let key, let origin):
            record(task, phase, key, origin, time)
        case .recordJob(let job, let phase, let reason):
            changes.append(.jobPhase(job, phase, reason: reason, unixMs: time))
            jobs[job] = nil
            progress[job]?.endedAtUnixMs = time
            logger.info(
                "job is over",
                metadata: ["job": "\(job)", "phase": "\(phase)", "reason": "\(reason ?? "-")"])
        case .taskDone(let task, let result): advance(task, result)
        case .grant(let requestID, let token, let task, let inputs, let ahead):
            grant(requestID, token, task, inputs, ahead)
        case .decline(let requestID):
            answer(requestID, .nothingYet)
        case .alarm(let alarm):
            logger.error("results differ", metadata: ["alarm": "\(alarm)"])
            progress[alarm.task.job]?.alarms.append("\(alarm)")
        case .quarantined(let task, let hosts, let reason):
            let names = hosts.joined(separator: ", ")
            logger.error(
                "task quarantined",
                metadata: ["task": "\(task)", "hosts": "\(names)", "reason": "\(reason)"])
            progress[task.job]?.alarms.append("Task \(task.name) is quarantined: \(reason)")
        case .workerDrained(let worker, let reason):
            logger.error(
                "worker drained", metadata: ["worker": "\(worker)", "reason": "\(reason)"])
            workers[worker]?.drainReason = reason
        }
    }

    private mutating func lookUp(_ task: TaskID, _ key: Digest) {
        var found = unrecorded[key]
        if found == nil {
            do { found = try ledger.result(forKey: key)?.result } catch {
                // An unreadable ledger shows again when the batch is written.
                logger.error("look-up failed", metadata: ["reason": "\(error)"])
            }
        }
        if let found {
            let held = found.outputs.map(\.blob.digest).filter { store.contains($0) }
            react(to: .resultFound(task, found, held: held))
        } else {
            react(to: .resultNotFound(task))
        }
    }

    private mutating func recordEnd(
        of token: LeaseToken, _ outcome: Scheduling.AttemptOutcome, _ failure: TaskFailure?,
        _ time: Int64
    ) {
        let measurements = jobs[token.task.job]?.measurements.removeValue(forKey: token)
        changes.append(
            .attemptEnded(
                token, outcome: .init(rawValue: outcome.rawValue) ?? .failed, failure: failure,
                measurements: measurements, unixMs: time))
        if outcome != .done, outcome != .recomputed, outcome != .verified {
            progress[token.task.job]?.retries += 1
            logger.notice(
                "attempt ended",
                metadata: [
                    "lease": "\(token)", "outcome": "\(outcome.rawValue)",
                    "reason": "\(failure?.text ?? "-")",
                ])
        }
    }

    private mutating func note(_ measurements: TaskMeasurements, of token: LeaseToken) {
        jobs[token.task.job]?.measurements[token] = measurements
    }

    private mutating func record(
        _ task: TaskID, _ phase: TaskPhase, _ key: Digest?, _ origin: TaskOrigin?, _ time: Int64
    ) {
        switch phase {
        case .done:
            guard let key, let origin else { return }
            changes.append(.taskDone(task, key: key, origin: origin, unixMs: time))
        case .failed:
            let reason = jobs[task.job]?.failures[task.name]
            changes.append(
                .taskFailed(
                    task, reason ?? TaskFailure(.deterministic, "The task failed for good."),
                    unixMs: time))
        case .waiting, .ready, .leased: break
        }
    }

    private mutating func grant(
        _ requestID: UInt64, _ token: LeaseToken, _ task: TaskDescription,
        _ inputs: [ResolvedInput], _ ahead: [ResolvedInput]
    ) {
        let passes = passes(for: inputs + ahead)
        let durable = (inputs + ahead).filter(\.durable).map(\.blob.digest)
        answer(
            requestID,
            .grant(
                WorkGrant(
                    token: token, kind: task.kind, version: task.version,
                    parameters: task.parameters, inputs: granted(inputs, passes),
                    outputs: task.outputs,
                    memoryBytes: task.cost.memoryBytesMax,
                    timeLimitMilliseconds: scheduler.timeLimitMilliseconds(of: token.task),
                    coordinatorPass: access.passForInputs(
                        durable, nowUnixMs: unixMilliseconds),
                    ahead: granted(ahead, passes))))
    }

    private func granted(
        _ inputs: [ResolvedInput], _ passes: [WorkerID: BlobPass]
    ) -> [GrantedInput] {
        inputs.map { input in
            GrantedInput(
                name: input.name, blob: input.blob,
                holders: input.holders.compactMap { holder in
                    workers[holder].map {
                        BlobPeer(
                            worker: holder, address: $0.profile.blobAddress,
                            host: $0.profile.host, storePath: $0.profile.storePath,
                            pass: passes[holder])
                    }
                }, isDurable: input.durable)
        }
    }

    /// A pass for each holder, to exactly the inputs that it holds.
    private mutating func passes(for inputs: [ResolvedInput]) -> [WorkerID: BlobPass] {
        var held: [WorkerID: [Digest]] = [:]
        for input in inputs {
            for holder in input.holders { held[holder, default: []].append(input.blob.digest) }
        }
        var passes: [WorkerID: BlobPass] = [:]
        for (holder, digests) in held {
            passes[holder] = access.pass(to: digests, of: holder, nowUnixMs: unixMilliseconds)
        }
        return passes
    }

    private mutating func answer(_ requestID: UInt64, _ reply: WorkerReply) {
        guard let pending = parked.removeValue(forKey: requestID) else { return }
        guard let verdict = pending.verdict else { return send(reply, to: pending) }
        if case .grant(let next) = reply {
            send(.commit(verdict, next: next), to: pending)
        } else {
            send(.commit(verdict), to: pending)
        }
    }

    /// Stores the answer for a repeat, and queues it until the batch is recorded.
    mutating func send(_ reply: WorkerReply, to pending: PendingRequest) {
        let message = pending.message
        guard let bytes = try? reply.encoded(forVersion: message.protocolVersion) else {
            preconditionFailure("our own reply cannot be encoded")
        }
        let isAwaited = answers.record(
            bytes, for: message.worker, incarnation: message.incarnation,
            channel: message.channel, sequence: message.sequence)
        if isAwaited { outbox.append((pending.caller, bytes)) }
    }
}
