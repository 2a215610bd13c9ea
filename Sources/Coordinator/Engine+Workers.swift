import Blobs
import Domain
import Foundation
import Ledger
import Logging
import Messaging
import Scheduling
import Wire

extension Engine {
    mutating func handle(_ request: IncomingRequest) {
        guard let first = request.body.first else { return }
        let body = Array(request.body.dropFirst())
        switch first {
        case ControlEnvelope.worker:
            do { handle(try WorkerRequest(decoding: body), request) } catch {
                let reply = WorkerReply.refused("\(error)", isFinal: true)
                if let bytes = try? reply.encoded() { outbox.append((request, bytes)) }
            }
        case ControlEnvelope.client: answerClient(body, request)
        default:
            // Dropping it unanswered costs a stranger a time-out and us nothing.
            logger.debug("unknown envelope")
        }
    }

    private mutating func handle(_ message: WorkerRequest, _ request: IncomingRequest) {
        let parked = ParkedRequest(
            request: request, worker: message.worker, incarnation: message.incarnation,
            channel: message.channel, sequence: message.sequence)
        if let known = workers[message.worker] {
            guard message.incarnation >= known.incarnation else {
                return send(
                    .refused("A newer process of this worker has taken over.", isFinal: true),
                    to: parked)
            }
            if message.incarnation == known.incarnation {
                if let stored = known.answers[message.channel],
                    stored.sequence >= message.sequence
                {
                    // A repeat gets its answer again; a late copy of an older one gets none.
                    guard stored.sequence == message.sequence else { return }
                    return outbox.append((request, stored.bytes))
                }
                if isParkedAlready(parked) { return }
                move(message.worker, to: request.peer)
            }
        }
        switch message.body {
        case .hello(let profile, let running): welcome(message, profile, running, parked)
        case .holdings(let digests, let first): announce(message, digests, first, parked)
        default: handleFromJoined(message, parked)
        }
    }

    /// A repeat of a lease request that still waits takes the place of the first one, whose
    /// connection may be dead.
    private mutating func isParkedAlready(_ repeated: ParkedRequest) -> Bool {
        let found = parked.first { _, waiting in
            waiting.worker == repeated.worker && waiting.incarnation == repeated.incarnation
                && waiting.channel == repeated.channel && waiting.sequence == repeated.sequence
        }
        guard let (number, _) = found else { return false }
        parked[number] = repeated
        return true
    }

    private mutating func move(_ worker: WorkerID, to peer: PeerID) {
        workers[worker]?.peer = peer
        peers[peer] = worker
    }

    private mutating func announce(
        _ message: WorkerRequest, _ digests: [Digest], _ first: Bool, _ parked: ParkedRequest
    ) {
        var known =
            workers[message.worker]
            ?? KnownWorker(
                profile: WorkerProfile(
                    slots: 1, memoryBytesPerSlot: 0, host: "-", blobAddress: "-", storePath: "",
                    software: "", core: ""),
                incarnation: message.incarnation, peer: parked.request.peer)
        if message.incarnation != known.incarnation {
            known.incarnation = message.incarnation
            known.answers = [:]
        }
        if first { known.announced = [] }
        known.announced += digests
        workers[message.worker] = known
        move(message.worker, to: parked.request.peer)
        send(.done, to: parked)
    }

    private mutating func welcome(
        _ message: WorkerRequest, _ profile: WorkerProfile, _ running: [LeaseToken],
        _ parked: ParkedRequest
    ) {
        let announced = workers[message.worker]?.announced ?? []
        workers[message.worker] = KnownWorker(
            profile: profile, incarnation: message.incarnation, peer: parked.request.peer,
            hasJoined: true)
        move(message.worker, to: parked.request.peer)
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
                    host: configuration.host, storePath: store.root.path)), to: parked)
    }

    private mutating func handleFromJoined(
        _ message: WorkerRequest, _ parked: ParkedRequest
    ) {
        guard let known = workers[message.worker], known.hasJoined,
            known.incarnation == message.incarnation
        else { return send(.sayHello, to: parked) }
        switch message.body {
        case .hello, .holdings: return
        case .lease(let slot):
            let number = nextRequest
            nextRequest += 1
            self.parked[number] = parked
            let answer = react(
                to: .slotFree(
                    message.worker, incarnation: message.incarnation, slot: slot,
                    requestID: number))
            if answer == .unknownWorker {
                self.parked[number] = nil
                send(.sayHello, to: parked)
            }
        case .beat(let running, let dropped, let anonymousBytes):
            workers[message.worker]?.anonymousBytes = anonymousBytes
            beat(message, running, dropped, parked)
        case .commit(let token, let result, let measurements):
            commit(token, result, measurements, parked)
        case .fail(let token, let failure):
            jobs[token.task.job]?.failures[token.task.name] = failure
            react(to: .failed(token, failure))
            send(.done, to: parked)
        case .release(let tokens):
            for token in tokens {
                react(to: .failed(token, TaskFailure(.lostWorker, "The worker handed it back.")))
            }
            send(.done, to: parked)
        case .goodbye:
            react(to: .drainWorker(message.worker))
            react(to: .workerDisconnected(message.worker))
            send(.done, to: parked)
        }
    }

    private mutating func beat(
        _ message: WorkerRequest, _ running: [LeaseToken], _ dropped: [Digest],
        _ parked: ParkedRequest
    ) {
        let answer = react(
            to: .beat(
                message.worker, incarnation: message.incarnation, running: running,
                dropped: dropped))
        switch answer {
        case .beat(let beat):
            send(
                .beat(
                    cancel: beat.cancel,
                    release: Array(beat.release.prefix(Limits.digestsPerMessageMax)),
                    drain: beat.drain), to: parked)
        case .unknownWorker: send(.sayHello, to: parked)
        case .none, .completion: send(.done, to: parked)
        }
    }

    private mutating func commit(
        _ token: LeaseToken, _ result: TaskResult, _ measurements: TaskMeasurements,
        _ parked: ParkedRequest
    ) {
        if let problem = problem(with: result, of: token) {
            let failure = TaskFailure(.environment, problem)
            react(to: .failed(token, failure))
            return send(.refused(problem, isFinal: false), to: parked)
        }
        jobs[token.task.job]?.measurements[token] = measurements
        let answer = react(to: .completed(token, result, measurements))
        guard case .completion(let verdict) = answer else {
            return send(.commit(.superseded), to: parked)
        }
        switch verdict {
        case .accepted: send(.commit(.accepted), to: parked)
        case .duplicate: send(.commit(.duplicate), to: parked)
        case .superseded: send(.commit(.superseded), to: parked)
        case .mismatch: send(.commit(.mismatch), to: parked)
        }
    }

    /// What is wrong with a result: outputs that were not promised, or durable ones not stored.
    private func problem(with result: TaskResult, of token: LeaseToken) -> String? {
        guard let task = jobs[token.task.job]?.tasks[token.task.name] else { return nil }
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
