import Blobs
import Domain
import Foundation
import Ledger
import Logging
import Messaging
import Scheduling
import Sessions
import Wire

extension Engine {
    /// A worker's request whose sender was let in.
    mutating func handleWorker(_ inner: [UInt8], _ caller: Caller) {
        let message: WorkerRequest
        do {
            message = try Permissions.workerRequest(decoding: inner, from: caller.principal)
        } catch {
            let reply = WorkerReply.refused("\(error)", isFinal: true)
            if let bytes = try? reply.encoded() { outbox.append((caller, bytes)) }
            return
        }
        guard !room.isStuck else { return answerLater(message, caller) }
        let number = nextRequest
        nextRequest += 1
        let pending = PendingRequest(caller: caller, message: message)
        let verdict = answers.admit(
            message.worker, incarnation: message.incarnation, channel: message.channel,
            sequence: message.sequence, requestID: number)
        switch verdict {
        case .fresh:
            move(message.worker, to: caller.request.peer)
            answer(pending, number)
        case .repeated(let bytes):
            move(message.worker, to: caller.request.peer)
            outbox.append((caller, bytes))
        case .parked(let first):
            // The repeat takes the place of the first one, whose connection may be dead.
            move(message.worker, to: caller.request.peer)
            parked[first]?.caller = caller
        case .stale: return
        case .oldIncarnation:
            refuse(pending, "A newer process of this worker has taken over.", isFinal: true)
        case .tooManyChannels:
            refuse(pending, "A worker has no need of so many channels.", isFinal: true)
        }
    }

    /// Refuses without storing the answer.
    private mutating func refuse(_ pending: PendingRequest, _ text: String, isFinal: Bool) {
        let reply = WorkerReply.refused(text, isFinal: isFinal)
        if let bytes = try? reply.encoded() { outbox.append((pending.caller, bytes)) }
    }

    private mutating func answer(_ pending: PendingRequest, _ number: UInt64) {
        let message = pending.message
        switch message.body {
        case .hello(let profile, let running): welcome(pending, profile, running)
        case .holdings(let digests, let first): announce(pending, digests, first)
        default:
            guard let known = workers[message.worker], known.hasJoined,
                known.incarnation == message.incarnation
            else { return send(.sayHello, to: pending) }
            handleFromJoined(pending, number)
        }
    }

    private mutating func move(_ worker: WorkerID, to peer: PeerID) {
        guard workers[worker] != nil else { return }
        workers[worker]?.peer = peer
        peers[peer] = worker
    }

    private mutating func announce(
        _ pending: PendingRequest, _ digests: [Digest], _ first: Bool
    ) {
        let message = pending.message
        let isKnown = workers[message.worker]?.incarnation == message.incarnation
        // A page without those before it comes from before our start: begin anew.
        guard first || isKnown else { return send(.sayHello, to: pending) }
        var known =
            workers[message.worker]
            ?? KnownWorker(
                profile: WorkerProfile(
                    slots: 1, memoryBytesPerSlot: 0, host: "-", blobAddress: "-", storePath: "",
                    software: "", core: ""),
                incarnation: message.incarnation, peer: pending.caller.request.peer)
        if !isKnown {
            known.incarnation = message.incarnation
            known.hasJoined = false
        }
        if first { known.announced = [] }
        guard known.announced.count < Limits.blobsPerWorkerMax else {
            return send(
                .refused(
                    "A worker may hold \(Limits.blobsPerWorkerMax) blobs; clear its folder.",
                    isFinal: true), to: pending)
        }
        known.announced += digests
        workers[message.worker] = known
        move(message.worker, to: pending.caller.request.peer)
        send(.done, to: pending)
    }

    private mutating func welcome(
        _ pending: PendingRequest, _ profile: WorkerProfile, _ running: [LeaseToken]
    ) {
        let message = pending.message
        let announced = workers[message.worker]?.announced ?? []
        guard workers[message.worker] != nil || workers.count < Limits.workersMax else {
            return send(.refused("The cluster has no room for more workers.", isFinal: true),
                to: pending)
        }
        workers[message.worker] = KnownWorker(
            profile: profile, incarnation: message.incarnation,
            peer: pending.caller.request.peer, hasJoined: true)
        move(message.worker, to: pending.caller.request.peer)
        let description = WorkerDescription(
            id: message.worker, incarnation: message.incarnation, slots: profile.slots,
            memoryBytes: profile.memoryBytesPerSlot * profile.slots, host: profile.host,
            address: profile.blobAddress)
        changes.append(
            .worker(
                WorkerRecord(
                    id: message.worker, incarnation: message.incarnation, host: profile.host,
                    slots: profile.slots,
                    memoryBytes: profile.memoryBytesPerSlot * profile.slots,
                    lastSeenUnixMs: unixMilliseconds)))
        logger.info(
            "worker joined",
            metadata: ["worker": "\(message.worker)", "blobs": "\(announced.count)"])
        react(to: .workerJoined(description, held: announced, leases: running))
        send(
            .welcome(
                CoordinatorProfile(
                    leaseMilliseconds: Limits.leaseMilliseconds,
                    beatMilliseconds: Limits.beatMilliseconds, blobAddress: blobAddress,
                    host: configuration.host, storePath: store.root.path,
                    pass: access.passForResults(nowUnixMs: unixMilliseconds))), to: pending)
    }

    private mutating func handleFromJoined(_ pending: PendingRequest, _ number: UInt64) {
        let message = pending.message
        switch message.body {
        case .hello, .holdings: return
        case .lease(let slot):
            parked[number] = pending
            let answer = react(
                to: .slotFree(
                    message.worker, incarnation: message.incarnation, slot: slot,
                    requestID: number))
            if answer == .unknownWorker {
                parked[number] = nil
                send(.sayHello, to: pending)
            }
        case .beat(let running, let dropped, let damaged, let anonymousBytes):
            workers[message.worker]?.anonymousBytes = anonymousBytes
            note(damaged, of: message.worker)
            beat(pending, running, dropped + damaged)
        case .commit(let token, let result, let measurements, let next):
            guard let verdict = commit(token, result, measurements, pending) else { return }
            answer(pending, number, verdict, next)
        case .fail(let token, let failure):
            guard token.worker == message.worker else { return refuseForeign(pending) }
            jobs[token.task.job]?.failures[token.task.name] = failure
            react(to: .failed(token, failure))
            send(.done, to: pending)
        case .release(let tokens):
            guard tokens.allSatisfy({ $0.worker == message.worker }) else {
                return refuseForeign(pending)
            }
            // A worker that hands nothing back wants to leave.
            if tokens.isEmpty { react(to: .drainWorker(message.worker)) }
            for token in tokens {
                react(to: .failed(token, TaskFailure(.lostWorker, "The worker handed it back.")))
            }
            send(.done, to: pending)
        case .goodbye:
            react(to: .drainWorker(message.worker))
            react(to: .workerDisconnected(message.worker))
            send(.done, to: pending)
        }
    }

    /// A lease belongs to the worker that it was given to, whoever learns of its token.
    private mutating func refuseForeign(_ pending: PendingRequest) {
        send(
            .refused("This lease belongs to another worker.", isFinal: false), to: pending)
    }

    /// Damaged bytes are an alarm even where they heal by themselves: a disk is failing.
    private mutating func note(_ damaged: [Digest], of worker: WorkerID) {
        damagedBlobs += damaged.count
        for digest in damaged {
            logger.error(
                "a worker found a blob damaged",
                metadata: ["worker": "\(worker)", "blob": "\(digest.short)"])
        }
    }

    private mutating func beat(
        _ pending: PendingRequest, _ running: [LeaseToken], _ dropped: [Digest]
    ) {
        let message = pending.message
        let answer = react(
            to: .beat(
                message.worker, incarnation: message.incarnation, running: running,
                dropped: dropped))
        switch answer {
        case .beat(let beat):
            send(
                .beat(
                    BeatReply(
                        cancel: beat.cancel,
                        release: Array(beat.release.prefix(Limits.digestsPerMessageMax)),
                        drain: beat.drain,
                        save: Array(beat.save.prefix(Limits.savesPerBeatMax)),
                        mayLeave: beat.mayLeave)), to: pending)
        case .unknownWorker: send(.sayHello, to: pending)
        case .none, .completion: send(.done, to: pending)
        }
    }

    /// Tells what became of a commit, and gives the slot that it names its next work.
    private mutating func answer(
        _ pending: PendingRequest, _ number: UInt64, _ verdict: CommitVerdict, _ next: Int?
    ) {
        guard let next else { return send(.commit(verdict), to: pending) }
        var waiting = pending
        waiting.verdict = verdict
        parked[number] = waiting
        let message = pending.message
        let answer = react(
            to: .slotFree(
                message.worker, incarnation: message.incarnation, slot: next,
                requestID: number, waits: false))
        // The worker learns that it is not known when it asks the next time.
        guard answer == .unknownWorker else { return }
        parked[number] = nil
        send(.commit(verdict), to: pending)
    }

    /// What became of a result; nil when the commit was refused and answered.
    private mutating func commit(
        _ token: LeaseToken, _ result: TaskResult, _ measurements: TaskMeasurements,
        _ pending: PendingRequest
    ) -> CommitVerdict? {
        guard token.worker == pending.message.worker else {
            refuseForeign(pending)
            return nil
        }
        let task = jobs[token.task.job]?.tasks[token.task.name]
        if let task, let problem = Self.problem(with: result, of: token, task, store) {
            let failure = TaskFailure(.environment, problem)
            react(to: .failed(token, failure))
            send(.refused(problem, isFinal: false), to: pending)
            return nil
        }
        jobs[token.task.job]?.measurements[token] = measurements
        let answer = react(to: .completed(token, result, measurements))
        guard case .completion(let verdict) = answer else { return .superseded }
        switch verdict {
        case .accepted: return .accepted
        case .duplicate: return .duplicate
        case .superseded: return .superseded
        case .mismatch: return .mismatch
        }
    }

    /// What is wrong with a result: outputs that were not promised, or durable ones not stored.
    private static func problem(
        with result: TaskResult, of token: LeaseToken, _ task: TaskDescription,
        _ store: BlobStore
    ) -> String? {
        guard task.outputs.map(\.name) == result.outputs.map(\.name) else {
            return "The result of \(token.task) has other outputs than were promised."
        }
        for (declaration, output) in zip(task.outputs, result.outputs)
        where declaration.retention == .durable && !store.contains(output.blob.digest) {
            return "The output \(output.name) of \(token.task) has not been sent."
        }
        return nil
    }
}
