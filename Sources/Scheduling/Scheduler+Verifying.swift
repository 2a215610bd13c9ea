import Domain

/// Second runs of a sample of the computed tasks on other workers, to find bad memory and
/// kernels that do not give the same bytes everywhere.
enum VerificationBounds {
    /// Second runs that may fail, or come to nothing, before a verification is skipped.
    static let failures = 2
    static let tries = 8
    /// Tasks of a job looked at for a worker.
    static let window = 256
    /// How many times its patience a job waits for a worker that could verify but does not ask.
    static let patienceFactor: Int64 = 60
}

extension Scheduler {
    /// Chooses a task whose result has just become known, or not.
    mutating func sample(_ task: Int, origin: TaskOrigin, madeBy: WorkerID?) {
        guard origin == .computed, let key = tasks[task].key, policy.verifies(key) else { return }
        let job = tasks[task].job
        if tasks[task].wasVerified {
            jobs[job].verifications.verified += 1
        } else if madeBy == nil {
            // Recorded before a restart, and nobody knows by whom.
            jobs[job].verifications.skipped += 1
        } else {
            jobs[job].verifications.open += 1
            verifications[task] = Verification(since: now)
            awaitVerification(task)
        }
    }

    /// Puts an open verification (back) among those that wait for a worker.
    mutating func awaitVerification(_ task: Int) {
        tasks[task].verification = .waiting
        jobs[tasks[task].job].toVerify.insert(readyEntry(of: task))
    }

    /// Ends a verification and lets its inputs and its job go.
    mutating func endVerification(
        of task: Int,
        _ counter: WritableKeyPath<VerificationCounts, Int>
    ) {
        let job = tasks[task].job
        if tasks[task].verification == .waiting {
            jobs[job].toVerify.remove(readyEntry(of: task))
        }
        tasks[task].verification = .closed
        verifications[task] = nil
        jobs[job].verifications[keyPath: counter] += 1
        jobs[job].verifications.open -= 1
        for place in tasks[task].leases.indices { tasks[task].leases[place].isVerification = false }
        if tasks[task].state == .done {
            endLeases(of: task, .superseded)
            stopReading(task)
        }
        maybeFinished.insert(job)
    }

    /// A second run failed: another worker may try.
    mutating func failVerification(of task: Int, _ lease: Lease, _ failure: TaskFailure) {
        if failure.failureClass == .lostInput {
            _ = dropHolders(of: failure.missing, readBy: task, lease)
        }
        if failure.failureClass != .cancelled {
            verifications[task]?.failedOn.insert(lease.token.worker)
            blame(lease.token, failure.failureClass)
        }
        countVerificationTry(of: task)
    }

    mutating func countVerificationTry(of task: Int) {
        guard tasks[task].verification.isOpen else { return }
        verifications[task]?.tries += 1
        guard let known = verifications[task],
            known.failedOn.count >= VerificationBounds.failures
                || known.tries >= VerificationBounds.tries
        else { return }
        endVerification(of: task, \.skipped)
    }

    /// The done task that a worker without other work verifies, if any suits it.
    ///
    /// - Parameter urgently: only for jobs that wait for nothing else.
    mutating func chooseVerification(for worker: Int, urgently: Bool) -> Int? {
        guard !verifications.isEmpty else { return nil }
        for job in jobsInTurn() where jobs[job].toVerify.count > 0 {
            guard !urgently || jobs[job].isOtherwiseDone else { continue }
            let first = jobs[job].toVerify.runs.joined().prefix(VerificationBounds.window)
            for task in first.map(\.task) where tasks[task].state == .done {
                if let task = offer(task, to: worker) { return task }
            }
        }
        return nil
    }

    /// `task` if the worker may verify it; nil, and perhaps no verification any more, otherwise.
    private mutating func offer(_ task: Int, to worker: Int) -> Int? {
        guard tasks[task].inputs.allSatisfy({ isReachable($0) }) else {
            // After a restart workers still report what they hold.
            if graceEnd == nil { endVerification(of: task, \.skipped) }
            return nil
        }
        return suits(worker, toVerify: task) && hasRoom(worker) ? task : nil
    }

    private func suits(_ worker: Int, toVerify task: Int) -> Bool {
        guard canVerify(worker, task), let known = verifications[task] else { return false }
        guard let maker = tasks[task].madeBy.flatMap({ workerIndices[$0] }),
            workers[maker].host == workers[worker].host,
            known.since + policy.patienceMilliseconds > now
        else { return true }
        return !workerIndices.values.contains {
            workers[$0].host != workers[maker].host && canVerify($0, task)
        }
    }

    func canVerify(_ worker: Int, _ task: Int) -> Bool {
        isOpen(worker) && fitsMemory(worker, task) && workers[worker].id != tasks[task].madeBy
            && verifications[task]?.failedOn.contains(workers[worker].id) == false
    }

    /// Skips the verifications that hold a finished job back without a worker to do them.
    mutating func skipVerifications() {
        guard !verifications.isEmpty else { return }
        for job in openJobs {
            guard jobs[job].verifications.open > 0, jobs[job].isOtherwiseDone else {
                jobs[job].verifyingSince = nil
                continue
            }
            let since = jobs[job].verifyingSince ?? now
            jobs[job].verifyingSince = since
            let patience = policy.verifyPatienceMilliseconds
            guard since + patience <= now else { continue }
            let isOverdue = since + patience * VerificationBounds.patienceFactor <= now
            let first = jobs[job].toVerify.runs.joined().prefix(VerificationBounds.window)
            for task in first.map(\.task) where tasks[task].state == .done {
                let isReachable = tasks[task].inputs.allSatisfy { self.isReachable($0) }
                let canBeDone = isReachable && workerIndices.values.contains { canVerify($0, task) }
                if isOverdue || !canBeDone { endVerification(of: task, \.skipped) }
            }
        }
    }
}
