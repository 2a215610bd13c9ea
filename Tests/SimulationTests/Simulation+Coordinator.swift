import Domain
import Scheduling

/// The engine around the scheduler: what it does for workers' requests.
extension Simulation {
    // MARK: Life and death

    func startCoordinator(isRestarted: Bool) {
        guard coordinator == nil else { return }
        coordinatorLife += 1
        let policy = schedulerPolicy
        let now = Moment(milliseconds: time)
        let scheduler =
            isRestarted
            ? Scheduler(restoring: ledger.books.restoration, startedAt: now, policy: policy)
            : Scheduler(startedAt: now, policy: policy)
        coordinator = SimulatedCoordinator(
            scheduler: scheduler, startedAt: time, isRestarted: isRestarted)
        tellStory("coordinator starts, life \(coordinatorLife)")
        checker.noteCoordinatorStart(ledger.books)
        for job in ledger.books.jobs where ledger.books.phases[job] == nil { takeUp(job) }
        if isReadOnly { react(to: .granting(false)) }
        add(.tick(life: coordinatorLife), after: 500)
        planFlush()
    }

    var schedulerPolicy: SchedulerPolicy {
        var policy = SchedulerPolicy()
        policy.speculates = plan.speculates
        policy.verifyFraction = plan.verifyFraction
        policy.seed = seed
        policy.timeLimitMilliseconds = plan.hangs ? 40_000 : 0
        policy.speculationFloorMilliseconds = 15_000
        return policy
    }

    func crashCoordinator(losesPower: Bool) {
        guard coordinator != nil else { return }
        tellStory("coordinator \(losesPower ? "loses power" : "is killed")")
        coordinator = nil
        if losesPower {
            ledger.losePower()
            durable = durable.filter { $0.value.isSynced }
        } else {
            // Connections break at once, mostly.
            for call in calls.values.sorted(by: { $0.number < $1.number })
            where random.chance(0.8) {
                add(.timeout(call.number), after: Int64(random.pick(1...50)))
            }
        }
        add(.restartCoordinator, after: Int64(random.pick(100...25_000)))
    }

    func tickCoordinator(_ life: Int) {
        guard coordinator != nil, life == coordinatorLife else { return }
        react(to: .tick)
        checkLeasesOfTheDead()
        add(.tick(life: life), after: 500)
        planFlush()
    }

    // MARK: Jobs

    /// A client submits and asks again until it is told that the job is recorded.
    func submit(_ number: Int) {
        guard !checker.acknowledged.contains(number) else { return }
        add(.submit(number), after: 3_000)
        let job = workloads[number].job
        guard coordinator != nil, !isReadOnly, !ledger.books.jobs.contains(job),
            coordinator?.known.insert(job).inserted == true
        else {
            if ledger.books.jobs.contains(job) { checker.acknowledge(number, job) }
            return
        }
        tellStory("\(job) is submitted: \(workloads[number].needed.count) tasks")
        coordinator?.changes.append(.jobAdded(job))
        coordinator?.submitted.append(number)
        takeUp(job)
        planFlush()
    }

    private func takeUp(_ job: JobID) {
        guard let workload = workloads.first(where: { $0.job == job }) else { return }
        coordinator?.known.insert(job)
        coordinator?.drivers[job] = SimulatedDriver(workload)
        react(to: .coordinatorHolds((0...3).map { Workload.source($0).digest }))
        react(to: .jobAdded(job, title: "random graph"))
        askDriver(of: job, about: nil)
    }

    private func askDriver(of job: JobID, about done: TaskName?) {
        guard let wanted = coordinator?.drivers[job]?.advance(done),
            let driver = coordinator?.drivers[job]
        else { return }
        for task in wanted { coordinator?.tasks[TaskID(job: job, name: task.name)] = task }
        // In two halves, as a driver's answer may come.
        let half = wanted.count / 2
        react(to: .tasksAdded(job, Array(wanted[..<half]), roots: [], complete: false))
        react(
            to: .tasksAdded(
                job, Array(wanted[half...]), roots: driver.roots, complete: driver.isComplete))
    }

    /// A person cancels, and asks again until the job is over.
    func cancel(_ number: Int) {
        let job = workloads[number].job
        guard ledger.books.phases[job] == nil else { return }
        checker.cancelled.insert(job)
        add(.fault(.cancel(number)), after: 3_000)
        guard coordinator?.drivers[job] != nil, !isReadOnly else { return }
        tellStory("\(job) is cancelled")
        coordinator?.cancelled.insert(job)
        react(to: .jobCancelled(job, reason: "A person stopped it."))
        planFlush()
    }

    // MARK: Decisions

    /// Lets the scheduler decide, and performs what it decided in the order of the decisions.
    @discardableResult
    func react(to event: Event) -> Answer {
        guard let state = coordinator else { return .none }
        let reaction = state.scheduler.handle(event, at: Moment(milliseconds: time))
        checkAfter(event)
        state.effects += reaction.effects
        mix(UInt64(reaction.effects.count))
        guard !state.isPerforming else { return reaction.answer }
        state.isPerforming = true
        while state.performed < state.effects.count {
            state.performed += 1
            perform(state.effects[state.performed - 1])
        }
        state.effects.removeAll(keepingCapacity: true)
        state.performed = 0
        state.isPerforming = false
        return reaction.answer
    }

    private func perform(_ effect: Effect) {
        check(effect)
        switch effect {
        case .lookUp(let task, let key): lookUp(task, key)
        case .recordAttempt(let token): note(.attempt(token))
        case .recordAttemptEnd(let token, let outcome, let failure):
            tellStory("end of \(token): \(outcome.rawValue) \(failure?.text ?? "")")
            note(.attemptEnd(token, outcome, failure.map { trouble($0, of: token) }))
        case .recordResult(let task, let key, _, let result, _, _):
            coordinator?.unrecorded[key] = result
            note(.result(task, key: key, result))
        case .recordTask(let task, let phase, _, let origin):
            note(.taskOver(task, phase, origin))
        case .recordJob(let job, let phase, let reason):
            tellStory("\(job) is \(phase.rawValue) \(reason ?? "")")
            coordinator?.drivers[job] = nil
            note(.jobOver(job, phase, reason))
        case .taskDone(let task, _): askDriver(of: task.job, about: task.name)
        case .grant(let request, let token, let task, let inputs, _):
            grant(request, token, task, inputs)
        case .decline(let request): answer(request, .nothingYet)
        case .alarm(let alarm): tellStory("alarm: \(alarm)")
        case .quarantined(let task, let hosts, let reason):
            tellStory("quarantined \(task) for \(hosts): \(reason)")
        case .workerDrained(let worker, let reason):
            tellStory("\(worker) is drained: \(reason)")
            let incarnation = coordinator?.workers[worker]?.incarnation ?? 0
            note(
                .drained(
                    DrainedWorker(worker: worker, incarnation: incarnation, reason: reason)))
        }
    }

    private func note(_ change: SimulatedLedger.Change) {
        coordinator?.changes.append(change)
        planFlush()
    }

    private func trouble(_ failure: TaskFailure, of token: LeaseToken) -> TaskTrouble {
        let worker = workers.first { $0.id == token.worker }
        return TaskTrouble(
            host: worker?.host ?? "an unknown host", worker: token.worker,
            failureClass: failure.failureClass, memoryBytesPerSlot: worker?.memoryPerSlot ?? 0)
    }

    private func lookUp(_ task: TaskID, _ key: Digest) {
        if let found = coordinator?.unrecorded[key] ?? ledger.books.results[key] {
            let held = found.outputs.map(\.blob.digest).filter { durable[$0] != nil }
            react(to: .resultFound(task, found, held: held))
        } else {
            react(to: .resultNotFound(task))
        }
    }

    private func grant(
        _ request: UInt64, _ token: LeaseToken, _ task: TaskDescription,
        _ inputs: [ResolvedInput]
    ) {
        tellStory("grant \(token)")
        mix(UInt64(token.attempt))
        let granted = inputs.map { input in
            GrantedInput(
                name: input.name, blob: input.blob,
                holders: input.holders.compactMap { holder in
                    coordinator?.workers[holder].map {
                        BlobPeer(
                            worker: holder, address: $0.profile.blobAddress,
                            host: $0.profile.host, storePath: $0.profile.storePath)
                    }
                }, isDurable: input.durable)
        }
        let limit = coordinator?.scheduler.timeLimitMilliseconds(of: token.task) ?? 0
        answer(
            request,
            .grant(
                WorkGrant(
                    token: token, kind: task.kind, version: task.version,
                    parameters: task.parameters, inputs: granted, outputs: task.outputs,
                    memoryBytes: task.cost.memoryBytesMax, timeLimitMilliseconds: limit)))
    }

    /// The answer to a commit that asked for work at the same time holds both.
    private func joined(_ reply: WorkerReply, _ request: UInt64) -> WorkerReply {
        guard let verdict = coordinator?.verdicts.removeValue(forKey: request) else {
            return reply
        }
        if case .grant(let next) = reply { return .commit(verdict, next: next) }
        return .commit(verdict)
    }

    // MARK: Answers

    /// Keeps the answer for repeats and queues it until the batch is recorded.
    func answer(_ request: UInt64, _ reply: WorkerReply) {
        guard let call = coordinator?.waiting.removeValue(forKey: request),
            let number = coordinator?.replies.count
        else { return }
        let reply = joined(reply, request)
        coordinator?.replies.append(reply)
        let name = call.name
        let isAwaited =
            coordinator?.register.record(
                SimulatedCoordinator.bytes(number), for: name.worker,
                incarnation: name.incarnation, channel: name.channel, sequence: name.sequence)
            ?? false
        if isAwaited { coordinator?.outbox.append(.init(call: call, reply: reply)) }
        planFlush()
    }

    func planFlush() {
        guard let state = coordinator, !state.isFlushPlanned,
            !(state.changes.isEmpty && state.outbox.isEmpty && state.submitted.isEmpty)
        else { return }
        coordinator?.isFlushPlanned = true
        add(.flush(life: coordinatorLife), after: Int64(random.pick(1...15)))
    }

    /// Records the batch in one transaction, then lets its answers go.
    func flush(_ life: Int) {
        guard let state = coordinator, life == coordinatorLife else { return }
        guard coordinatorFullUntil <= time else {
            // No room for the transaction: nothing may be promised until there is.
            add(.flush(life: life), after: 500)
            return
        }
        let (changes, submitted, outbox) = (state.changes, state.submitted, state.outbox)
        state.isFlushPlanned = false
        state.changes = []
        state.unrecorded = [:]
        state.outbox = []
        state.submitted = []
        ledger.commit(changes)
        for number in submitted { checker.acknowledge(number, workloads[number].job) }
        for outgoing in outbox { send(outgoing.reply, to: outgoing.call) }
    }
}
