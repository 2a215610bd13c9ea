import Domain

extension Scheduler {
    mutating func join(
        _ description: WorkerDescription,
        held: [Digest],
        leases: [LeaseToken]
    ) -> Answer {
        if let worker = workerIndices[description.id] {
            if workers[worker].description.incarnation == description.incarnation {
                becomePresent(worker)
            } else {
                replace(worker, by: description)
            }
        } else {
            guard makeRoomForWorker() else { return .unknownWorker }
            add(description)
        }
        let restored = restoredProcesses.removeValue(forKey: description.id)
        let unclaimed = self.unclaimed.removeValue(forKey: description.id) ?? []
        guard let worker = workerIndices[description.id] else { return .unknownWorker }
        note(held + unclaimed.sorted(), of: worker)
        if let restored, restored.incarnation != description.incarnation {
            // It died while the coordinator was away.
            closeAttempts(of: worker)
            loseLeases(of: worker, because: "the worker was started anew")
        }
        for token in leases { _ = renew(token, of: worker) }
        loseUnclaimed(of: worker, except: leases)
        return .none
    }

    /// A hello names everything that the worker runs: a lease that it does not name (taken up
    /// after a restart, say) is not being worked on.
    private mutating func loseUnclaimed(of worker: Int, except claimed: [LeaseToken]) {
        let claimed = Set(claimed)
        for (task, token) in leases(of: worker) where !claimed.contains(token) {
            loseLease(of: task, token, because: "the worker came back without it", .nobody)
        }
    }

    private mutating func add(_ description: WorkerDescription) {
        let host = hosts.index(of: description.host)
        let worker = workers.insert(
            WorkerRecord(description: description, host: host, awaySince: now, lastBeat: now)
        )
        workerIndices[description.id] = worker
        hosts.members[host].insert(worker)
        changePresence(of: host, by: 1)
        for task in leased
        where tasks[task].leases.contains(where: { $0.token.worker == description.id }) {
            workers[worker].leases.insert(task)
        }
        if let drained = restoredDrains.removeValue(forKey: description.id),
            drained.incarnation == description.incarnation
        {
            workers[worker].isDraining = true
            workers[worker].drainReason = drained.reason
        }
    }

    /// A new process of a known worker: what the old one ran and held is gone.
    private mutating func replace(_ worker: Int, by description: WorkerDescription) {
        declineParked { $0.worker == worker }
        for blob in workers[worker].held { removeHolder(worker, of: blob) }
        closeAttempts(of: worker)
        loseLeases(of: worker, because: "the worker was started anew")
        settleDoubts(about: worker, hasDied: !workers[worker].isDraining)
        suspects.remove(worker)
        lastStanding.remove(worker)
        hosts.blamed[workers[worker].host] = []
        let old = workers[worker].host
        let host = hosts.index(of: description.host)
        if workers[worker].presence != .lost { changePresence(of: old, by: -1) }
        hosts.members[old].remove(worker)
        hosts.members[host].insert(worker)
        workers[worker].description = description
        workers[worker].host = host
        workers[worker].presence = .connected
        workers[worker].lastBeat = now
        workers[worker].becomeHealthy()
        workers[worker].toRelease = []
        changePresence(of: host, by: 1)
    }

    /// Forgets the worker that has been gone for longest if there are too many.
    private mutating func makeRoomForWorker() -> Bool {
        guard workers.count >= Limits.workersMax else { return true }
        let gone = workerIndices.values.filter { workers[$0].presence == .lost }
        let oldest = gone.min {
            (workers[$0].lastBeat, workers[$0].id) < (workers[$1].lastBeat, workers[$1].id)
        }
        guard let oldest else { return false }
        for blob in workers[oldest].held { removeHolder(oldest, of: blob) }
        hosts.members[workers[oldest].host].remove(oldest)
        workerIndices[workers[oldest].id] = nil
        suspects.remove(oldest)
        lastStanding.remove(oldest)
        workers.remove(oldest)
        return true
    }

    mutating func addHoldings(_ held: [Digest], of id: WorkerID) -> Answer {
        guard let worker = workerIndices[id], workers[worker].presence != .lost else {
            return .unknownWorker
        }
        note(held, of: worker)
        return .none
    }

    /// Takes a report of what is in a worker's store; blobs it was told to delete do not count.
    private mutating func note(_ held: [Digest], of worker: Int) {
        for digest in held where !workers[worker].toRelease.contains(digest) {
            addHolder(worker, of: number(of: digest))
            if let blob = blobIndices[digest] { forgetIfUnused(blob) }
        }
    }

    mutating func disconnect(_ id: WorkerID) {
        guard let worker = workerIndices[id], workers[worker].presence == .connected else { return }
        workers[worker].presence = .away
        workers[worker].awaySince = now
        declineParked { $0.worker == worker }
    }

    mutating func drain(_ id: WorkerID) {
        guard let worker = workerIndices[id] else { return }
        workers[worker].isDraining = true
        declineParked { $0.worker == worker }
    }

    /// Notes that the worker is there (again).
    mutating func becomePresent(_ worker: Int) {
        workers[worker].lastBeat = now
        settleDoubts(about: worker, hasDied: false)
        let wasLost = workers[worker].presence == .lost
        workers[worker].presence = .connected
        if wasLost { changePresence(of: workers[worker].host, by: 1) }
    }

    /// Gives a worker up: its leases are taken, its blobs are out of reach unless another worker
    /// of its host is there.
    mutating func lose(_ worker: Int, because text: String) {
        guard workers[worker].presence != .lost else { return }
        workers[worker].presence = .lost
        declineParked { $0.worker == worker }
        changePresence(of: workers[worker].host, by: -1)
        loseLeases(of: worker, because: text)
        settleDoubts(about: worker, hasDied: !workers[worker].isDraining)
    }

    /// Leases of a process that is gone cannot be taken up again.
    private mutating func closeAttempts(of worker: Int) {
        for (task, token) in leases(of: worker) {
            tasks[task].closedAttempts.insert(token.attempt)
        }
    }

    private mutating func loseLeases(of worker: Int, because text: String) {
        // One that was told to leave has not died.
        let blame = workers[worker].isDraining ? Blame.nobody : .perhapsTask
        for (task, token) in leases(of: worker) {
            loseLease(of: task, token, because: text, blame)
        }
    }

    /// The live leases of a worker, in order.
    func leases(of worker: Int) -> [(task: Int, token: LeaseToken)] {
        inOrder(workers[worker].leases).compactMap { task in
            let own = tasks[task].leases.first { $0.token.worker == workers[worker].id }
            return own.map { (task, $0.token) }
        }
    }

    private mutating func changePresence(of host: Int, by difference: Int) {
        guard hosts.change(host, by: difference) else { return }
        var changed: Set<Int> = []
        for member in hosts.members[host] {
            for blob in workers[member].held where !blobs[blob].isDurable { changed.insert(blob) }
        }
        reconsiderTasks(around: changed)
    }

    mutating func declineParked(where isOver: (ParkedRequests.Request) -> Bool) {
        for request in parked.take(where: isOver) {
            effects.append(.decline(requestID: request.requestID))
        }
    }

    /// Numbers of tasks in the order of the tasks' names.
    func inOrder(_ numbers: some Sequence<Int>) -> [Int] {
        numbers.sorted { tasks[$0].id < tasks[$1].id }
    }
}
