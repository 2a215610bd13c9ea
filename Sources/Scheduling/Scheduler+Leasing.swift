public import Domain

extension Scheduler {
    mutating func lease(
        _ id: WorkerID,
        incarnation: UInt64,
        slot: Int,
        requestID: UInt64,
        waits: Bool
    ) -> Answer {
        guard let worker = workerIndices[id], workers[worker].presence != .lost,
            workers[worker].description.incarnation == incarnation
        else { return .unknownWorker }
        becomePresent(worker)
        // What it does not take now is for anybody.
        expected.remove(worker)
        if let task = kept.removeValue(forKey: worker) { newlyReady.append(task) }
        if parked.byWorker[worker] != nil {
            if parked.requests.contains(where: { $0.requestID == requestID }) { return .none }
            // The slot asks anew, so nobody waits for the answer to its old request.
            declineParked { $0.worker == worker && $0.slot == slot }
        }
        guard !workers[worker].isDraining, slot >= 0, slot < workers[worker].description.slots
        else {
            effects.append(.decline(requestID: requestID))
            return .none
        }
        if let assignment = assignment(for: worker) {
            grant(assignment, to: worker, requestID: requestID)
        } else if !waits {
            effects.append(.decline(requestID: requestID))
        } else {
            parked.append(.init(requestID: requestID, worker: worker, slot: slot, since: now))
        }
        return .none
    }

    /// What a worker may be given.
    private enum Assignment {
        /// A ready task.
        case run(Int)
        /// A second attempt of a straggler.
        case backUp(Int)
        /// A second run of a done task.
        case verify(Int)
    }

    /// What a worker that asks gets: what is ready, unless a job waits only to be verified; then
    /// a straggler; then what is to be verified some time.
    private mutating func assignment(for worker: Int) -> Assignment? {
        guard isGranting, hasRoom(worker) else { return nil }
        if let task = chooseVerification(for: worker, urgently: true) { return .verify(task) }
        if let task = choose(for: worker) { return .run(task) }
        if let task = chooseStraggler(for: worker) { return .backUp(task) }
        return chooseVerification(for: worker, urgently: false).map { .verify($0) }
    }

    /// Starts an attempt of a task on a worker.
    private mutating func grant(_ assignment: Assignment, to worker: Int, requestID: UInt64) {
        let task: Int
        var isVerification = false
        switch assignment {
        case .run(let ready):
            task = ready
            // Whoever had it before is too late from now on.
            tasks[task].firstCurrentAttempt = tasks[task].attempts + 1
            noteRecomputation(of: task)
        case .backUp(let straggler):
            task = straggler
            let stage = tasks[task].description.stage
            jobs[tasks[task].job].speculated[stage, default: 0] += 1
            noteRecomputation(of: task)
        case .verify(let done):
            task = done
            isVerification = true
            jobs[tasks[task].job].toVerify.remove(readyEntry(of: task))
        }
        let attempt = tasks[task].attempts + 1
        let token = LeaseToken(task: tasks[task].id, attempt: attempt, worker: workers[worker].id)
        tasks[task].attempts = attempt
        tasks[task].grants[attempt] = token.worker
        tasks[task].passes = 0
        take(
            task,
            Lease(
                token: token,
                since: now,
                expires: now + Limits.leaseMilliseconds,
                acceptBy: now + Limits.acceptMilliseconds,
                serial: serial,
                isVerification: isVerification
            )
        )
        effects.append(.recordAttempt(token))
        effects.append(
            .grant(
                requestID: requestID,
                token: token,
                task: tasks[task].description,
                inputs: resolvedInputs(of: task, for: worker),
                ahead: inputsAhead(of: task, for: worker)
            )
        )
    }

    private mutating func noteRecomputation(of task: Int) {
        guard tasks[task].result != nil else { return }
        recomputations += 1
        jobs[tasks[task].job].recomputations += 1
    }

    /// How long the next or the current attempt of a task may run, in milliseconds; 0 leaves it
    /// to the worker. After a time-out it is twice what it was.
    public func timeLimitMilliseconds(of id: TaskID) -> Int64 {
        let first = policy.timeLimitMilliseconds
        guard let task = taskIndices[id], tasks[task].isTroubled, let known = troubles[task],
            known.timeouts > 0
        else { return first }
        let last = first > 0 ? first : known.timedOutMilliseconds
        return min(2 * last, Limits.timeLimitMillisecondsMax)
    }

    /// Offers the tasks that have just become ready to the parked requests.
    ///
    /// Older ready tasks suited none of them, or they would not be parked.
    mutating func offerNewlyReady() {
        guard isGranting, !parked.isEmpty, !newlyReady.isEmpty else { return }
        let rank = Dictionary(
            jobsInTurn().enumerated().map { ($1, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        let tasksInTurn = Set(newlyReady).filter { tasks[$0].state == .ready }.sorted {
            let left = tasks[$0]
            let right = tasks[$1]
            return (rank[left.job] ?? 0, left.description.priority, left.id.name)
                < (rank[right.job] ?? 0, right.description.priority, right.id.name)
        }
        for task in tasksInTurn where !parked.isEmpty {
            guard let worker = chooseParked(for: task), !isKept(task, from: worker),
                let request = parked.takeFirst(of: worker)
            else { continue }
            grant(.run(task), to: worker, requestID: request.requestID)
        }
    }

    /// Keeps a task from a waiting worker for one that has just reported and asks at any moment,
    /// if fewer bytes move there: one that ends a stage would else find its own shard's next task
    /// given to those that wait. Should it not ask, the next tick gives the task away.
    private mutating func isKept(_ task: Int, from worker: Int) -> Bool {
        let bytes = moved(task, to: worker)
        guard bytes > 0, expected.count <= PlacementBounds.expectedWorkers else { return false }
        let best = expected.filter { kept[$0] == nil && suits($0, task) }
            .map { (moved: moved(task, to: $0), worker: $0) }
            .min { ($0.moved, workers[$0.worker].id) < ($1.moved, workers[$1.worker].id) }
        guard let best, best.moved < bytes else { return false }
        kept[best.worker] = task
        return true
    }

    /// Gives every parked request a task that suits it; what suits may have changed with time.
    mutating func fillParkedRequests() {
        expected.removeAll(keepingCapacity: true)
        kept.removeAll(keepingCapacity: true)
        guard isGranting, !parked.isEmpty, isAnythingToGrant else { return }
        var seen: Set<Int> = []
        for request in parked.requests where seen.insert(request.worker).inserted {
            fillRequests(of: request.worker)
        }
    }

    /// Gives the requests something that waited only because their workers' slots were taken.
    mutating func fillFreedSlots() {
        guard isGranting, !freed.isEmpty, isAnythingToGrant else { return }
        for worker in freed.sorted(by: { workers[$0].id < workers[$1].id }) {
            fillRequests(of: worker)
        }
    }

    private var isAnythingToGrant: Bool {
        !stragglers.isEmpty || !verifications.isEmpty
            || openJobs.contains { jobs[$0].ready.count > 0 }
    }

    private mutating func fillRequests(of worker: Int) {
        while parked.byWorker[worker] != nil, let assignment = assignment(for: worker),
            let request = parked.takeFirst(of: worker)
        {
            grant(assignment, to: worker, requestID: request.requestID)
        }
    }

    private func resolvedInputs(of task: Int, for worker: Int) -> [ResolvedInput] {
        let blobsOfInputs = references(ofInputs: task)
        return tasks[task].inputs.indices.map { place in
            let blob = tasks[task].inputs[place]
            return ResolvedInput(
                name: tasks[task].description.inputs[place].name,
                blob: blobsOfInputs[place],
                holders: sources(of: blob, for: worker),
                durable: blobs[blob].isDurable
            )
        }
    }

    /// Whom a worker may have a blob from, best first.
    func sources(of blob: Int, for worker: Int) -> [WorkerID] {
        var ranked: [WorkerID: Int] = [:]
        for holder in blobs[blob].holders.keys {
            let host = workers[holder].host
            if holder == worker {
                ranked[workers[holder].id] = 0
            } else if host == workers[worker].host {
                ranked[workers[holder].id] = 1
            } else if workers[holder].presence != .lost {
                ranked[workers[holder].id] = 2
            } else {
                let present = hosts.members[host].filter { workers[$0].presence != .lost }
                if let neighbour = present.map({ workers[$0].id }).min() {
                    ranked[neighbour] = min(3, ranked[neighbour] ?? 3)
                }
            }
        }
        // Of equally near holders everybody asks another one first, or one would serve them all.
        let salt = SeededHash.bits(policy.seed, Array(workers[worker].id.description.utf8))
        let turns = ranked.map { id, rank in
            (rank: rank, turn: SeededHash.bits(salt, Array(id.description.utf8)), id: id)
        }
        return turns.sorted { $0 < $1 }.prefix(8).map(\.id)
    }
}
