import Domain

extension Scheduler {
    mutating func lease(
        _ id: WorkerID,
        incarnation: UInt64,
        slot: Int,
        requestID: UInt64
    ) -> Answer {
        guard let worker = workerIndices[id], workers[worker].presence != .lost,
            workers[worker].description.incarnation == incarnation
        else { return .unknownWorker }
        becomePresent(worker)
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
        if let task = choose(for: worker) {
            grant(task, to: worker, requestID: requestID)
        } else {
            parked.append(.init(requestID: requestID, worker: worker, slot: slot, since: now))
        }
        return .none
    }

    /// Starts a ready task on a worker.
    private mutating func grant(_ task: Int, to worker: Int, requestID: UInt64) {
        let attempt = tasks[task].attempts + 1
        let token = LeaseToken(task: tasks[task].id, attempt: attempt, worker: workers[worker].id)
        tasks[task].attempts = attempt
        tasks[task].grants[attempt] = token.worker
        tasks[task].passes = 0
        if tasks[task].result != nil {
            recomputations += 1
            jobs[tasks[task].job].recomputations += 1
        }
        take(task, token, worker: worker)
        effects.append(.recordAttempt(token))
        effects.append(
            .grant(
                requestID: requestID,
                token: token,
                task: tasks[task].description,
                inputs: resolvedInputs(of: task, for: worker)
            )
        )
    }

    /// Offers the tasks that have just become ready to the parked requests.
    ///
    /// Older ready tasks suited none of them, or they would not be parked.
    mutating func offerNewlyReady() {
        guard !parked.isEmpty, !newlyReady.isEmpty else { return }
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
            guard let worker = chooseParked(for: task),
                let request = parked.takeFirst(of: worker)
            else { continue }
            grant(task, to: worker, requestID: request.requestID)
        }
    }

    /// Gives every parked request a task that suits it; what suits may have changed with time.
    mutating func fillParkedRequests() {
        guard !parked.isEmpty, openJobs.contains(where: { jobs[$0].ready.count > 0 }) else {
            return
        }
        var seen: Set<Int> = []
        for request in parked.requests where seen.insert(request.worker).inserted {
            while parked.byWorker[request.worker] != nil, let task = choose(for: request.worker),
                let request = parked.takeFirst(of: request.worker)
            {
                grant(task, to: request.worker, requestID: request.requestID)
            }
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
    private func sources(of blob: Int, for worker: Int) -> [WorkerID] {
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
        let sorted = ranked.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        return sorted.prefix(8).map(\.key)
    }
}
