import Domain
import Scheduling

/// What the engine does with a worker's request.
extension Simulation {
    func arrive(_ call: Call) {
        guard coordinator != nil else {
            // Nobody listens: the connection is refused.
            if random.chance(0.5) { add(.timeout(call.number), after: 20) }
            return
        }
        let name = call.name
        guard let number = coordinator?.nextRequest else { return }
        coordinator?.nextRequest += 1
        let verdict =
            coordinator?.register.admit(
                name.worker, incarnation: name.incarnation, channel: name.channel,
                sequence: name.sequence, requestID: number) ?? .stale
        switch verdict {
        case .fresh: break
        case .repeated(let bytes):
            let place = SimulatedCoordinator.number(bytes)
            guard let replies = coordinator?.replies, place < replies.count else { return }
            coordinator?.outbox.append(.init(call: call, reply: replies[place]))
            return planFlush()
        case .parked(let first):
            if coordinator?.waiting[first] != nil { coordinator?.waiting[first] = call }
            return
        case .stale: return
        case .oldIncarnation, .tooManyChannels:
            let text = "A newer process of this worker has taken over."
            coordinator?.outbox.append(
                .init(call: call, reply: .refused(text, isFinal: true)))
            return planFlush()
        }
        coordinator?.waiting[number] = call
        handle(call, number)
        planFlush()
    }

    private func handle(_ call: Call, _ number: UInt64) {
        let request = call.request
        switch request.body {
        case .hello(let profile, let running): welcome(call, profile, running, number)
        case .holdings(let digests, let first): announce(call, digests, first, number)
        default:
            guard let known = coordinator?.workers[request.worker], known.hasJoined,
                known.incarnation == request.incarnation
            else { return answer(number, .sayHello) }
            coordinator?.workers[request.worker]?.pipe = call.pipe
            handleFromJoined(request, number)
        }
    }

    private func announce(_ call: Call, _ digests: [Digest], _ first: Bool, _ number: UInt64) {
        let request = call.request
        var known =
            coordinator?.workers[request.worker]
            ?? SimulatedCoordinator.KnownWorker(
                profile: workers[call.worker].profile, incarnation: request.incarnation,
                pipe: call.pipe)
        if known.incarnation != request.incarnation {
            known = SimulatedCoordinator.KnownWorker(
                profile: known.profile, incarnation: request.incarnation, pipe: call.pipe)
        }
        guard first || known.hasAnnounced else { return answer(number, .sayHello) }
        if first { known.announced = [] }
        known.announced += digests
        known.hasAnnounced = true
        known.pipe = call.pipe
        coordinator?.workers[request.worker] = known
        answer(number, .done)
    }

    private func welcome(
        _ call: Call, _ profile: WorkerProfile, _ running: [LeaseToken], _ number: UInt64
    ) {
        let request = call.request
        guard let known = coordinator?.workers[request.worker], known.hasAnnounced,
            known.incarnation == request.incarnation
        else { return answer(number, .sayHello) }
        coordinator?.workers[request.worker]?.hasJoined = true
        coordinator?.workers[request.worker]?.pipe = call.pipe
        tellStory("\(request.worker) joins, runs \(running)")
        let description = WorkerDescription(
            id: request.worker, incarnation: request.incarnation, slots: profile.slots,
            memoryBytes: profile.memoryBytesPerSlot * profile.slots, host: profile.host,
            address: profile.blobAddress)
        coordinator?.changes.append(
            .worker(
                WorkerProcess(
                    worker: request.worker, incarnation: request.incarnation,
                    host: profile.host)))
        let answer = react(
            to: .workerJoined(description, held: known.announced, leases: running))
        guard answer != .unknownWorker else { return self.answer(number, .sayHello) }
        self.answer(
            number,
            .welcome(
                CoordinatorProfile(
                    leaseMilliseconds: Limits.leaseMilliseconds,
                    beatMilliseconds: Limits.beatMilliseconds, blobAddress: "inproc://blobs",
                    host: "coordinator", storePath: "/")))
    }

    private func handleFromJoined(_ request: WorkerRequest, _ number: UInt64) {
        let worker = request.worker
        switch request.body {
        case .hello, .holdings: return
        case .lease(let slot):
            let reply = react(
                to: .slotFree(
                    worker, incarnation: request.incarnation, slot: slot, requestID: number))
            if reply == .unknownWorker { answer(number, .sayHello) }
        case .beat(let running, let dropped, let damaged, _):
            beat(request, running, dropped + damaged, number)
        case .commit(let token, let result, let measurements, let next):
            if isReadOnly { return answer(number, .later(milliseconds: 2_000, "full")) }
            guard let verdict = commit(token, result, measurements, number) else { return }
            guard let next else { return answer(number, .commit(verdict)) }
            coordinator?.verdicts[number] = verdict
            let reply = react(
                to: .slotFree(
                    worker, incarnation: request.incarnation, slot: next, requestID: number,
                    waits: false))
            if reply == .unknownWorker { answer(number, .nothingYet) }
        case .fail(let token, let failure):
            if isReadOnly { return answer(number, .later(milliseconds: 2_000, "full")) }
            react(to: .failed(token, failure))
            answer(number, .done)
        case .release(let tokens):
            if tokens.isEmpty { react(to: .drainWorker(worker)) }
            for token in tokens {
                let text = "The worker handed it back."
                react(to: .failed(token, TaskFailure(.lostWorker, text)))
            }
            answer(number, .done)
        case .goodbye:
            react(to: .drainWorker(worker))
            react(to: .workerDisconnected(worker))
            answer(number, .done)
        }
    }

    private func beat(
        _ request: WorkerRequest, _ running: [LeaseToken], _ dropped: [Digest],
        _ number: UInt64
    ) {
        let reply = react(
            to: .beat(
                request.worker, incarnation: request.incarnation, running: running,
                dropped: dropped))
        guard case .beat(let beat) = reply else { return answer(number, .sayHello) }
        checkReleases(beat.release)
        answer(
            number,
            .beat(
                BeatReply(
                    cancel: beat.cancel, release: beat.release, drain: beat.drain,
                    save: beat.save, mayLeave: beat.mayLeave)))
    }

    private func commit(
        _ token: LeaseToken, _ result: TaskResult, _ measurements: TaskMeasurements,
        _ number: UInt64
    ) -> CommitVerdict? {
        if let problem = problem(with: result, of: token) {
            tellStory("refused commit of \(token): \(problem)")
            checker.fail("S9: \(token) is committed although \(problem)")
            react(to: .failed(token, TaskFailure(.environment, problem)))
            answer(number, .refused(problem, isFinal: false))
            return nil
        }
        // Bytes that were lost may come from whoever made them again.
        let mayAccept =
            checker.mayAccept(token) || coordinator?.scheduler.result(of: token.task) != nil
        let reply = react(to: .completed(token, result, measurements))
        guard case .completion(let verdict) = reply else { return .superseded }
        tellStory("commit of \(token): \(verdict.rawValue)")
        if verdict == .accepted, !mayAccept {
            checker.fail("S4: the commit of the stale lease \(token) was accepted")
        }
        return CommitVerdict(rawValue: verdict.rawValue) ?? .superseded
    }

    /// What is wrong with a result: outputs that were not promised, or durable ones not stored.
    private func problem(with result: TaskResult, of token: LeaseToken) -> String? {
        guard let task = coordinator?.tasks[token.task] else { return nil }
        guard task.outputs.map(\.name) == result.outputs.map(\.name) else {
            return "other outputs than were promised"
        }
        for (declaration, output) in zip(task.outputs, result.outputs)
        where declaration.retention == .durable && durable[output.blob.digest] == nil
            && !checker.flipped.contains(output.blob.digest)
        {
            return "the output \(output.name) has not been sent"
        }
        return nil
    }

    func host(of worker: WorkerID) -> String {
        workers.first { $0.id == worker }?.host ?? "?"
    }

    /// A connection broke; the monitor of connections says so, mostly.
    func noteBrokenPipe(_ worker: WorkerID, _ pipe: Int) {
        guard coordinator?.workers[worker]?.pipe == pipe else { return }
        tellStory("\(worker) is disconnected")
        react(to: .workerDisconnected(worker))
        planFlush()
    }
}
