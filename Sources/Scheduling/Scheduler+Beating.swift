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
        return .beat(
            BeatAnswer(
                cancel: cancelled,
                release: Array(release),
                drain: workers[worker].isDraining
            )
        )
    }

    /// Extends a lease, or takes it up again; returns false when it is not valid any more.
    ///
    /// A lease that was given up is taken up again when nobody else has the task and the worker
    /// has not itself ended that attempt: this saves the work done so far.
    mutating func renew(_ token: LeaseToken, of worker: Int) -> Bool {
        guard token.worker == workers[worker].id, let task = taskIndices[token.task] else {
            return false
        }
        if tasks[task].lease?.token == token {
            tasks[task].lease?.expires = now + Limits.leaseMilliseconds
            workers[worker].leases.insert(task)
            return true
        }
        guard tasks[task].lease == nil,
            tasks[task].state == .ready || tasks[task].state == .blocked,
            token.attempt == tasks[task].attempts,
            !tasks[task].closedAttempts.contains(token.attempt),
            tasks[task].wasGranted(token), let key = tasks[task].key,
            leaders[key] == nil || leaders[key] == task
        else { return false }
        take(task, token, worker: worker)
        return true
    }

    /// Makes `token` the live lease of a task.
    mutating func take(_ task: Int, _ token: LeaseToken, worker: Int) {
        tasks[task].lease = Lease(
            token: token,
            since: now,
            expires: now + Limits.leaseMilliseconds,
            serial: serial
        )
        workers[worker].leases.insert(task)
        if let key = tasks[task].key { leaders[key] = task }
        move(task, to: .leased)
    }

    /// Ends the live lease of a task, which then must run again or be made done.
    mutating func endLease(
        of task: Int,
        _ outcome: AttemptOutcome,
        _ failure: TaskFailure? = nil
    ) {
        guard let lease = tasks[task].lease else { return }
        tasks[task].lease = nil
        if let worker = workerIndices[lease.token.worker] {
            workers[worker].leases.remove(task)
        }
        effects.append(.recordAttemptEnd(lease.token, outcome: outcome, failure: failure))
        if tasks[task].state == .leased {
            move(task, to: .blocked)
            toEvaluate.append(task)
        }
    }
}
