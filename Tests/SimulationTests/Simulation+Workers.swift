import Domain
import Scheduling
import WorkerCore

/// The shell around a worker's core.
extension Simulation {
    func start(_ worker: Int) {
        guard !workers[worker].isAlive, !workers[worker].isGone else { return }
        lastIncarnation += 1
        for twin in workers where twin.id == workers[worker].id && twin.isAlive {
            checker.excused.formUnion(twin.disk.keys)
        }
        workers[worker].life += 1
        workers[worker].incarnation = lastIncarnation
        workers[worker].epoch = time
        workers[worker].hasLeftCleanly = false
        workers[worker].wakeAt = nil
        workers[worker].pipe += 1
        restoreCache(of: worker)
        // The second of a drain's two limits is short, so that a seed's end comes.
        let settings = WorkerSettings(
            slots: workers[worker].slots, drainMilliseconds: 30_000, saveMilliseconds: 60_000,
            seed: seed &+ UInt64(worker))
        workers[worker].core = WorkerCore(
            worker: workers[worker].id, incarnation: workers[worker].incarnation,
            settings: settings, startedAt: Moment(milliseconds: 0))
        tellStory(
            "\(workers[worker].id) starts, incarnation \(workers[worker].incarnation), with "
                + "\(workers[worker].disk.count) blobs")
        tell(worker, workers[worker].life, .started(workers[worker].profile))
        add(.upkeep(worker: worker, life: workers[worker].life), after: 2_000)
    }

    /// The cache as it is read from the folder: last uses are the files' times by a wall clock
    /// that may have jumped.
    private func restoreCache(of worker: Int) {
        let budget = workers[worker].cache.budgetBytes
        workers[worker].cache = CacheCore(
            budgetBytes: budget, floorBytes: 0, graceMilliseconds: 5_000)
        let use = Moment(milliseconds: time + workers[worker].wallOffset)
        for digest in workers[worker].disk.keys.sorted() {
            workers[worker].cache.add(digest, bytes: 100, at: min(use, Moment(milliseconds: time)))
        }
    }

    /// The process ends, whatever it was doing.
    func end(_ worker: Int, isNoticed: Bool, restartAfter pause: Int64?) {
        guard workers[worker].isAlive else { return }
        workers[worker].core = nil
        workers[worker].life += 1
        workers[worker].works = [:]
        workers[worker].dying = [:]
        workers[worker].asked = [:]
        workers[worker].confirmed = [:]
        workers[worker].frozenUntil = 0
        reconnect(worker, isNoticed: isNoticed)
        for number in calls.keys.sorted() where calls[number]?.worker == worker {
            calls[number] = nil
        }
        if let pause { add(.restart(worker: worker), after: pause) }
    }

    /// Gives the core an event and does what it decides.
    func tell(_ worker: Int, _ life: Int, _ event: WorkerEvent) {
        guard workers[worker].life == life, workers[worker].isAlive else { return }
        guard workers[worker].frozenUntil <= time else {
            // What came meanwhile waits in the sockets, in some order.
            add(
                .tell(worker: worker, life: life, event),
                after: workers[worker].frozenUntil - time)
            return
        }
        noteConfirmation(event, worker)
        switch event {
        case .prepared(let token, _), .finished(let token, _):
            workers[worker].dying[token] = nil
        default: break
        }
        let moment = workers[worker].moment(at: time)
        guard let effects = workers[worker].core?.handle(event, at: moment) else { return }
        mix(UInt64(effects.count))
        for effect in effects { perform(effect, worker, life) }
    }

    private func perform(_ effect: WorkerEffect, _ worker: Int, _ life: Int) {
        guard workers[worker].life == life else { return }
        switch effect {
        case .send(let request, let timeout):
            checkAsked(request, worker)
            transmit(request, timeout: timeout, from: worker)
        case .takeStock:
            let held = workers[worker].disk.keys.sorted()
            add(.tell(worker: worker, life: life, .stockTaken(held)), after: 5)
        case .welcomed: break
        case .prepare(let slot, let grant):
            if workers[worker].works.values.contains(where: { $0.slot == slot })
                || workers[worker].dying.values.contains(slot)
            {
                checker.fail("\(workers[worker].id) runs two tasks in the slot \(slot)")
            }
            workers[worker].serial += 1
            let serial = workers[worker].serial
            workers[worker].works[grant.token] = .init(
                serial: serial, slot: slot, isRunning: false)
            add(
                .prepare(worker: worker, life: life, grant, serial: serial),
                after: Int64(random.pick(5...600)))
        case .run(_, let grant): compute(grant, worker, life)
        case .kill(let token): kill(token, worker, life)
        case .upload(let digest, let token):
            if let token { checkPublishing(token, worker) }
            add(
                .upload(worker: worker, life: life, digest, token),
                after: Int64(random.pick(10...800)))
        case .delete(let digests):
            checker.excused.formUnion(digests)
            for digest in digests { workers[worker].delete(digest) }
            add(.tell(worker: worker, life: life, .dropped(digests)), after: 20)
        case .redial:
            tellStory("\(workers[worker].id) dials anew")
            workers[worker].wedgedPipe = nil
            reconnect(worker, isNoticed: random.chance(0.7))
        case .wake(let moment):
            workers[worker].wakeAt = max(time + 1, workers[worker].time(at: moment))
            add(
                .wake(worker: worker, life: life),
                after: (workers[worker].wakeAt ?? time) - time)
        case .stopped(let reason): noteStop(worker, reason)
        }
    }

    func wake(_ worker: Int, _ life: Int) {
        // A later wish replaces an earlier one.
        guard workers[worker].life == life, workers[worker].wakeAt == time else { return }
        workers[worker].wakeAt = nil
        tell(worker, life, .tick)
    }

    private func noteStop(_ worker: Int, _ reason: StopReason) {
        tellStory("\(workers[worker].id) stops: \(reason)")
        // What a worker that hurried away held is away with it.
        if reason != .drained { checker.excused.formUnion(workers[worker].disk.keys) }
        if case .refused = reason {
            workers[worker].isGone = true
            return end(worker, isNoticed: true, restartAfter: nil)
        }
        end(worker, isNoticed: true, restartAfter: Int64(random.pick(5_000...40_000)))
        workers[worker].hasLeftCleanly = reason == .drained
    }

    /// Every few seconds: the cache keeps its budget.
    func upkeep(_ worker: Int, _ life: Int) {
        guard workers[worker].life == life, let core = workers[worker].core else { return }
        add(.upkeep(worker: worker, life: life), after: 4_000)
        let gone = workers[worker].cache.evictions(
            pinned: core.pinned, at: Moment(milliseconds: time))
        guard !gone.isEmpty else { return }
        tellStory("\(workers[worker].id) evicts \(gone.map(\.short))")
        if gone.contains(where: core.pinned.contains) {
            checker.fail("\(workers[worker].id) evicted a blob that a task is using")
        }
        checker.excused.formUnion(gone)
        for digest in gone { workers[worker].delete(digest) }
        tell(worker, life, .dropped(gone))
    }

    // MARK: Sending blobs

    func endUpload(_ digest: Digest, _ token: LeaseToken?, _ worker: Int, _ life: Int) {
        guard workers[worker].life == life, workers[worker].isAlive else { return }
        func answer(_ outcome: UploadOutcome, after delay: Int) {
            add(
                .tell(worker: worker, life: life, .uploaded(digest, token, outcome)),
                after: Int64(delay))
        }
        guard isReachable(worker), coordinator != nil, coordinatorFullUntil <= time,
            !isReadOnly, !random.chance(isHealed ? 0 : plan.loss)
        else { return answer(.unreachable("no answer"), after: random.pick(20...3_000)) }
        switch workers[worker].read(digest, at: time) {
        case nil: answer(.missing, after: 1)
        case false?:
            checker.excused.insert(digest)
            tell(worker, life, .damaged([digest]))
            answer(.missing, after: 1)
        case true?:
            if durable[digest] == nil { durable[digest] = .init(isSynced: true) }
            react(to: .coordinatorHolds([digest]))
            planFlush()
            // The answer may get lost.
            if random.chance(isHealed ? 0 : plan.loss) {
                answer(.unreachable("no answer"), after: 5_000)
            } else {
                answer(.stored, after: random.pick(1...40))
            }
        }
    }
}
