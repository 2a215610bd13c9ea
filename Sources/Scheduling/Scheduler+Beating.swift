import Domain

extension Scheduler {
    mutating func beat(
        _ id: WorkerID,
        incarnation: UInt64,
        running: [LeaseToken],
        dropped: [Digest]
    ) -> Answer {
        guard let worker = workerIndices[id], workers[worker].presence != .lost,
            workers[worker].description.incarnation == incarnation
        else { return .unknownWorker }
        becomePresent(worker)
        for digest in dropped {
            workers[worker].toRelease.remove(digest)
            if let blob = blobIndices[digest] { removeHolder(worker, of: blob) }
        }
        let cancelled = running.filter { !renew($0, of: worker) }
        let release = workers[worker].toRelease.sorted().prefix(Limits.digestsPerMessageMax)
        let isDraining = workers[worker].isDraining
        let unsaved = isDraining ? onlyHeld(by: worker) : []
        return .beat(
            BeatAnswer(
                cancel: cancelled,
                release: Array(release),
                drain: isDraining,
                save: Array(unsaved.prefix(Limits.savesPerBeatMax)),
                mayLeave: isDraining && unsaved.isEmpty && workers[worker].leases.isEmpty
                    && running.isEmpty
            )
        )
    }

    /// Blobs that something still needs and that would be gone with this worker: workers that
    /// leave as well do not count.
    private func onlyHeld(by worker: Int) -> [Digest] {
        var digests: [Digest] = []
        for blob in workers[worker].held
        where blobs[blob].readersLeft > 0 && !blobs[blob].isDurable {
            let isElsewhere = blobs[blob].holders.keys.contains {
                $0 != worker && workers[$0].presence != .lost && !workers[$0].isDraining
            }
            if !isElsewhere, let digest = blobs[blob].digest { digests.append(digest) }
        }
        return digests.sorted()
    }

    /// Extends a lease, or takes it up again; returns false when it is not valid any more.
    ///
    /// A lease that was given up is taken up again when nobody else has the task and the worker
    /// has not itself ended that attempt: this saves the work done so far.
    mutating func renew(_ token: LeaseToken, of worker: Int) -> Bool {
        guard token.worker == workers[worker].id, let task = taskIndices[token.task] else {
            return false
        }
        // Whatever became of the task: its worker did not die of it.
        if tasks[task].isTroubled { troubles[task]?.forgive(token.attempt, of: token.worker) }
        if let place = tasks[task].leases.firstIndex(where: { $0.token == token }) {
            tasks[task].leases[place].expires = now + Limits.leaseMilliseconds
            tasks[task].leases[place].acceptBy = nil
            return true
        }
        guard mayTakeUp(task, token) else { return false }
        take(
            task,
            Lease(
                token: token,
                since: now,
                expires: now + Limits.leaseMilliseconds,
                acceptBy: nil,
                serial: serial
            )
        )
        return true
    }

    private func mayTakeUp(_ task: Int, _ token: LeaseToken) -> Bool {
        let record = tasks[task]
        guard record.isCurrent(token), record.mustRun, let key = record.key,
            leaders[key] == nil || leaders[key] == task
        else { return false }
        return record.leases.count < 2
            && record.leases.allSatisfy { $0.token.worker != token.worker }
    }

    /// Makes `lease` a live lease of a task that must run, or that is done and to be verified.
    mutating func take(_ task: Int, _ lease: Lease) {
        tasks[task].leases.append(lease)
        tasks[task].notBefore = nil
        if leased.contains(task) { link(task, lease) }
        if lease.isVerification {
            tasks[task].verification = .running
        } else {
            if let key = tasks[task].key { leaders[key] = task }
            move(task, to: .leased)
        }
        noteLeases(of: task)
    }

    /// Ends a live lease of a task. Without another one the task must run again, be made done,
    /// or wait to be verified.
    mutating func endLease(
        of task: Int,
        _ token: LeaseToken,
        _ outcome: AttemptOutcome,
        _ failure: TaskFailure? = nil
    ) {
        guard let place = tasks[task].leases.firstIndex(where: { $0.token == token }) else {
            return
        }
        let lease = tasks[task].leases.remove(at: place)
        if let worker = workerIndices[token.worker] {
            workers[worker].leases.remove(task)
            if parked.byWorker[worker] != nil { freed.insert(worker) }
        }
        effects.append(.recordAttemptEnd(token, outcome: outcome, failure: failure))
        if lease.isVerification, tasks[task].verification == .running {
            awaitVerification(task)
        }
        noteLeases(of: task)
        if tasks[task].state == .leased, tasks[task].leases.isEmpty {
            move(task, to: .blocked)
            toEvaluate.append(task)
        }
    }

    /// Ends every live lease of a task.
    mutating func endLeases(of task: Int, _ outcome: AttemptOutcome) {
        for lease in tasks[task].leases { endLease(of: task, lease.token, outcome) }
    }

    /// Keeps the set of leased tasks and the workers' sets right.
    mutating func noteLeases(of task: Int) {
        let state = tasks[task].state
        let isLeased = !tasks[task].leases.isEmpty && (state == .leased || state == .done)
        if isLeased {
            guard leased.insert(task).inserted else { return }
            for lease in tasks[task].leases { link(task, lease) }
        } else if leased.remove(task) != nil {
            for lease in tasks[task].leases {
                if let worker = workerIndices[lease.token.worker] {
                    workers[worker].leases.remove(task)
                }
            }
        }
    }

    private mutating func link(_ task: Int, _ lease: Lease) {
        if let worker = workerIndices[lease.token.worker] { workers[worker].leases.insert(task) }
    }
}
