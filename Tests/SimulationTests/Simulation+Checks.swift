import Domain
import Scheduling
import WorkerCore

/// The safety invariants of the handbook's §6.3, checked as things happen.
extension Simulation {
    /// The scheduler's own consistency (S6, S7).
    ///
    /// All of it after some events, more often in some seeds, since it looks at everything.
    func checkAfter(_ event: Event) {
        guard let state = coordinator else { return }
        checker.checks += 1
        if case .tick = event { excuseTheLost() }
        if state.waiting.count > 200 {
            checker.fail("L7: \(state.waiting.count) requests wait for an answer")
        }
        let period = seed % 8 == 0 ? 1 : 12
        guard checker.checks % period == 0 else { return }
        for text in Invariants.check(state.scheduler) {
            checker.fail("S6: \(text), after \(Self.name(of: event))")
        }
    }

    private static func name(of event: Event) -> String {
        String("\(event)".prefix(160))
    }

    /// Blobs of workers that the coordinator gave up are out of its reach.
    private func excuseTheLost() {
        guard let state = coordinator else { return }
        let isSettled = time >= state.startedAt + Limits.restartGraceMilliseconds
        for worker in workers where !worker.hasLeftCleanly {
            let presence = state.scheduler.status(of: worker.id)?.presence
            guard presence == .lost || (presence == nil && isSettled) else { continue }
            checker.excused.formUnion(worker.disk.keys)
        }
    }

    func check(_ effect: Effect) {
        switch effect {
        case .recordAttempt(let token):
            mix(token.task.name.description)
            checkAttempt(token)
        case .recordAttemptEnd(let token, let outcome, let failure):
            mix(token.task.name.description)
            checker.live[token.task]?.remove(token)
            checker.deadSince[token] = nil
            if outcome == .unaccepted {
                checker.spare(token)
                checker.doubt(token, host(of: token.worker))
            }
            if outcome == .lost || outcome == .unaccepted {
                checker.lostAt[token] = checker.lastAttempt[token.task]
            }
            if outcome == .lost, failure?.failureClass == .lostWorker {
                checker.count(.lostWorker, of: token, on: host(of: token.worker))
            }
            if outcome == .mismatch { checker.count(.crashed, of: token, on: "") }
        case .recordResult(let task, let key, _, let result, _, _):
            let outputs = coordinator?.tasks[task]?.outputs ?? []
            if plan.wrongDigests == 0, result != Workload.result(of: outputs, key: key) {
                checker.fail("S9: \(task) has a wrong result")
            }
        case .recordTask(let task, .done, _, let origin): checker.origins[task] = origin
        case .taskDone(let task, let result):
            let known = checker.finalResults[task.job, default: [:]].updateValue(
                result, forKey: task.name)
            if let known, known != result { checker.fail("S2: \(task) changed its result") }
        case .grant(_, let token, let task, let inputs, _): checkGrant(token, task, inputs)
        case .alarm(let alarm) where plan.wrongDigests == 0:
            checker.fail("S2: alarm without a cause: \(alarm)")
        case .quarantined(let task, let hosts, _): checkQuarantine(task, hosts)
        default: break
        }
    }

    private func checkAttempt(_ token: LeaseToken) {
        checker.attempts += 1
        if token.attempt <= checker.lastAttempt[token.task] ?? 0 {
            checker.fail("S3: the attempt \(token) repeats a number")
        }
        checker.lastAttempt[token.task] = token.attempt
        checker.live[token.task, default: []].insert(token)
        if ledger.books.phases[token.task.job] != nil
            || coordinator?.cancelled.contains(token.task.job) == true
        {
            checker.fail("S10: \(token) starts although its job is over")
        }
        if checker.quarantined.contains(token.task) {
            checker.fail("S13: \(token) starts although its task is quarantined")
        }
        if isReadOnly { checker.fail("\(token) starts although the coordinator is read-only") }
        if checker.live[token.task]?.count ?? 0 > 2 {
            checker.fail("S7: \(token.task) has more than two leases")
        }
    }

    private func checkGrant(
        _ token: LeaseToken, _ task: TaskDescription, _ inputs: [ResolvedInput]
    ) {
        guard let state = coordinator else { return }
        if checker.live[token.task]?.contains(token) != true {
            checker.fail("S3: the grant \(token) was not recorded before")
        }
        if !workers.contains(where: {
            $0.id == token.worker && $0.memoryPerSlot >= task.cost.memoryBytesMax
        }) {
            checker.fail("S11: \(token) does not fit the worker's memory")
        }
        for (input, declared) in zip(inputs, task.inputs) {
            guard case .output(let producer, let name) = declared.source else { continue }
            let result = state.scheduler.result(
                of: TaskID(job: token.task.job, name: producer))
            if result?.blob(named: name) != input.blob {
                checker.fail("S5: \(token) reads \(input.name), which its producer did not give")
            }
        }
        checkRerun(token, task)
    }

    /// A task that was computed runs again only if bytes of it were out of reach, and after a
    /// restart only when the workers had time to say what they hold.
    ///
    /// The bytes of a result that an earlier job had computed may be gone since.
    private func checkRerun(_ token: LeaseToken, _ task: TaskDescription) {
        // Twins of one name hold different blobs, and verification runs tasks again on purpose.
        guard plan.verifyFraction == 0, plan.wrongDigests == 0, plan.clones == 0,
            let state = coordinator, let result = state.scheduler.result(of: token.task)
        else { return }
        checker.reruns += 1
        guard checker.origins[token.task] == .computed else { return }
        let lost = zip(task.outputs, result.outputs).filter { declaration, output in
            checker.excused.contains(output.blob.digest)
                || mayBeReleased(declaration, of: token.task)
        }
        if lost.isEmpty {
            checker.fail("L6: the done task ran again without need: \(token)")
        }
        if state.isRestarted, time < state.startedAt + Limits.restartGraceMilliseconds,
            result.outputs.allSatisfy({ !checker.flipped.contains($0.blob.digest) })
        {
            checker.fail("L6: the done task ran again too soon after the restart: \(token)")
        }
    }

    /// Whether all that read a transient output once had their results: only to make other lost
    /// bytes again it is wanted.
    private func mayBeReleased(_ output: OutputDeclaration, of task: TaskID) -> Bool {
        guard output.retention == .transient, let state = coordinator,
            let workload = workloads.first(where: { $0.job == task.job })
        else { return false }
        return workload.needed.allSatisfy { name in
            let reads =
                workload.byName[name]?.inputs.contains {
                    $0.source == .output(task: task.name, name: output.name)
                } ?? false
            return !reads
                || state.scheduler.result(of: TaskID(job: task.job, name: name)) != nil
        }
    }

    private func checkQuarantine(_ task: TaskID, _ hosts: [String]) {
        checker.quarantined.insert(task)
        let blows = checker.blows[task] ?? .init()
        let isEnough =
            Set(hosts).count >= Limits.poisonedHostsMax || blows.lost >= Limits.lostAttemptsMax
        if !isEnough { checker.fail("S13: \(task) is quarantined for \(hosts) only") }
        if !Set(hosts).isSubset(of: blows.lostHosts.union(blows.doubtfulHosts)) {
            checker.fail("S13: \(task) is quarantined for \(hosts), not \(blows.lostHosts)")
        }
    }

    /// What holders are told to delete is not needed by any task that has yet to run.
    ///
    /// Of two jobs with equal tasks one may want again what the other was through with.
    func checkReleases(_ digests: [Digest]) {
        guard !digests.isEmpty, let state = coordinator, workloads.count == 1 else { return }
        let released = Set(digests)
        for workload in workloads where state.drivers[workload.job] != nil {
            for (id, task) in state.tasks where id.job == workload.job {
                guard workload.needed.contains(task.name),
                    state.scheduler.result(of: id) == nil
                else { continue }
                for case .output(let producer, let name) in task.inputs.map(\.source) {
                    let result = state.scheduler.result(
                        of: TaskID(job: id.job, name: producer))
                    if let blob = result?.blob(named: name), released.contains(blob.digest) {
                        checker.fail(
                            "S9: \(blob.digest.short) is deleted although \(id) will read it")
                    }
                }
            }
        }
    }

    /// An answer leaves: what it promises is recorded, and a repeat says the same.
    func checkSent(_ reply: WorkerReply, to call: Call) {
        guard let state = coordinator else { return }
        // A process that was replaced meanwhile is told so.
        if case .refused(_, isFinal: true) = reply { return }
        if let earlier = state.sent[call.name], earlier != reply {
            checker.fail("S8: \(call.name) was answered in two ways")
        }
        state.sent[call.name] = reply
        if case .commit(.accepted, _) = reply, case .commit(let token, _, _, _) = call.request.body
        {
            checker.acceptedTasks.insert(token.task)
            if ledger.books.phasesOfTasks[token.task] != .done {
                checker.fail("S2: the commit of \(token) was acknowledged but not recorded")
            }
        }
        switch reply {
        case .grant(let grant), .commit(_, next: let grant?):
            let known = checker.grantedTo.updateValue(call.name, forKey: grant.token)
            if let known, known != call.name {
                checker.fail("S3: the lease \(grant.token) was given to two requests")
            }
            let isNew = checker.attemptsSent[grant.token.task, default: []]
                .insert(grant.token.attempt).inserted
            if isNew != (known == nil) {
                checker.fail("S3: the attempt of \(grant.token) was given to two workers")
            }
            if ledger.books.attempts[grant.token.task] ?? 0 < grant.token.attempt {
                checker.fail("S3: \(grant.token) was sent before it was recorded")
            }
        default: break
        }
    }

    // MARK: Self-fencing (S12), seen from outside

    func checkAsked(_ request: WorkerRequest, _ worker: Int) {
        if case .commit(let token, _, _, _) = request.body { checkPublishing(token, worker) }
        guard workers[worker].asked[request.channel]?.sequence != request.sequence else { return }
        var tokens: [LeaseToken] = []
        if case .beat(let running, _, _, _) = request.body { tokens = running }
        workers[worker].asked[request.channel] = .init(
            sequence: request.sequence, time: time, tokens: tokens)
    }

    func noteConfirmation(_ event: WorkerEvent, _ worker: Int) {
        guard case .reply(let channel, let sequence, let reply) = event,
            let asked = workers[worker].asked[channel], asked.sequence == sequence
        else { return }
        switch reply {
        case .grant(let grant), .commit(_, next: let grant?):
            workers[worker].confirmed[grant.token] = asked.time
        case .beat(let beat):
            for token in asked.tokens where !beat.cancel.contains(token) {
                workers[worker].confirmed[token] = asked.time
            }
        default: break
        }
    }

    func checkPublishing(_ token: LeaseToken, _ worker: Int) {
        let since = workers[worker].confirmed[token] ?? -Limits.leaseMilliseconds
        if time >= since + Limits.leaseMilliseconds {
            checker.fail(
                "S12: \(workers[worker].id) publishes for \(token) \(time - since) ms after the "
                    + "last beat that confirmed it")
        }
    }

    // MARK: Leases of the dead (L3)

    func checkLeasesOfTheDead() {
        guard let state = coordinator else { return }
        for running in state.scheduler.runningTasks {
            let token = running.token
            let isHeld = workers.contains {
                $0.id == token.worker && $0.core?.running.contains(token) == true
            }
            if isHeld {
                checker.deadSince[token] = nil
                continue
            }
            let since = checker.deadSince[token] ?? time
            checker.deadSince[token] = since
            if time - since > 2 * Limits.leaseMilliseconds + 2_000 {
                checker.fail("L3: the lease \(token) outlives its worker by \(time - since) ms")
            }
        }
    }
}
