import Domain

extension Scheduler {
    /// Who is to blame for a lost lease.
    enum Blame {
        /// Perhaps the task: its worker died while it ran.
        case perhapsTask
        /// Nobody: the worker left in order.
        case nobody
        /// The worker, which lives but knows nothing of the lease.
        case forgetful
    }

    /// Takes a lease whose worker is gone or knows nothing of it.
    mutating func loseLease(
        of task: Int,
        _ token: LeaseToken,
        because text: String,
        _ blame: Blame
    ) {
        guard tasks[task].lease(of: token) != nil else { return }
        let failureClass = blame == .perhapsTask ? FailureClass.lostWorker : .cancelled
        endLease(of: task, token, .lost, TaskFailure(failureClass, text))
        // A task whose result is known is no suspect: it ran once without harm.
        guard tasks[task].state != .done else {
            countVerificationTry(of: task)
            return
        }
        switch blame {
        case .nobody: break
        case .forgetful:
            troubles[task, default: TaskTroubles()].forgotten += 1
            tasks[task].isTroubled = true
            if let count = troubles[task]?.forgotten, count >= RetryBounds.forgotten {
                giveUp(task, "was forgotten \(count) times, lately by worker \(token.worker)")
            }
        case .perhapsTask:
            mark(task, token, .lostWorker)
            guard !quarantineIfPoisonous(task), let known = troubles[task] else { return }
            if known.lost >= Limits.lostAttemptsMax {
                let names = hostNames(known.stricken).joined(separator: ", ")
                giveUp(
                    task,
                    "lost its worker \(known.lost) times, on \(names). Look at the logs and the "
                        + "memory of these machines."
                )
            }
        }
    }

    /// Takes a lease that its worker has not accepted: the grant may never have arrived.
    ///
    /// If nothing was heard of the worker since, it may also have died of the task. That is
    /// settled when it is heard of, or given up; until then its host is in doubt.
    mutating func loseUnaccepted(_ task: Int, _ lease: Lease) {
        let token = lease.token
        let text = "the worker did not show in time that it got the grant"
        endLease(of: task, token, .unaccepted, TaskFailure(.cancelled, text))
        guard tasks[task].state != .done else {
            countVerificationTry(of: task)
            return
        }
        guard let worker = workerIndices[token.worker], workers[worker].lastBeat <= lease.since,
            !workers[worker].isDraining
        else { return }
        workers[worker].doubtful.append(token.task)
        troubles[task, default: TaskTroubles()].doubtful.append(
            makeMark(token, .lostWorker)
        )
        tasks[task].isTroubled = true
    }

    /// Ends all doubt about a worker's unaccepted attempts: it died, or it did not.
    mutating func settleDoubts(about worker: Int, hasDied: Bool) {
        guard !workers[worker].doubtful.isEmpty else { return }
        let ids = workers[worker].doubtful
        workers[worker].doubtful = []
        for id in ids {
            guard let task = taskIndices[id], let known = troubles[task] else { continue }
            let own = known.doubtful.filter { $0.worker == workers[worker].id }
            troubles[task]?.doubtful.removeAll { $0.worker == workers[worker].id }
            toEvaluate.append(task)
            guard hasDied, tasks[task].result == nil else { continue }
            for mark in own { note(mark, of: task) }
            if !own.isEmpty { _ = quarantineIfPoisonous(task) }
        }
    }

    /// Whether one more host may be put at risk by a task: never more than quarantine takes.
    func mayEndangerAnother(_ task: Int) -> Bool {
        guard tasks[task].isTroubled, let known = troubles[task],
            !known.doubtful.isEmpty || !tasks[task].leases.isEmpty
        else { return true }
        var hosts = Set(known.endangered)
        for lease in tasks[task].leases {
            if let worker = workerIndices[lease.token.worker] { hosts.insert(workers[worker].host) }
        }
        return hosts.count < policy.quarantineHosts
    }

    /// Gives a task up that was running when too many different hosts died or crashed.
    mutating func quarantineIfPoisonous(_ task: Int) -> Bool {
        guard let known = troubles[task] else { return false }
        let stricken = known.stricken
        guard stricken.count >= policy.quarantineHosts else { return false }
        let names = hostNames(stricken)
        let text =
            "is quarantined: it was running when \(names.count) hosts died or its process "
            + "crashed there: \(names.joined(separator: ", ")). Look at the logs and the memory "
            + "of these machines."
        let id = tasks[task].id
        let reason = "Task \(id) \(text)"
        effects.append(.quarantined(id, hosts: names, reason: reason))
        quarantines.note(Quarantine(hosts: names, reason: reason), of: id)
        giveUp(task, text)
        return true
    }

    func hostNames(_ numbers: [Int]) -> [String] { numbers.map { hosts.names[$0] } }

    /// A task ran out of memory: from now on it runs only where there is more.
    mutating func noteShortage(of task: Int, on token: LeaseToken) {
        mark(task, token, .outOfMemory)
        guard let worker = workerIndices[token.worker] else { return }
        needMoreMemory(task, than: workers[worker].description.memoryBytesPerSlot)
    }

    mutating func needMoreMemory(_ task: Int, than bytes: Int) {
        let known = troubles[task]?.tooSmallBytes ?? 0
        troubles[task, default: TaskTroubles()].tooSmallBytes = max(known, bytes)
        tasks[task].isTroubled = true
        memoryHungry.insert(task)
    }

    /// Gives tasks up that ran out of memory and for which every connected worker has been too
    /// small for a while.
    mutating func giveUpHungryTasks() {
        guard !memoryHungry.isEmpty else { return }
        let present = workerIndices.values.filter { workers[$0].presence != .lost }
        let largest = present.map { workers[$0].description.memoryBytesPerSlot }.max()
        for task in inOrder(memoryHungry) {
            guard tasks[task].mustRun, tasks[task].leases.isEmpty, let largest,
                let known = troubles[task], let bytes = known.tooSmallBytes, largest <= bytes,
                let since = known.since, since + policy.memoryPatienceMilliseconds <= now
            else { continue }
            giveUp(
                task,
                "ran out of memory in a slot of \(bytes) bytes, and the largest of the "
                    + "\(present.count) connected workers has \(largest) bytes per slot. Start "
                    + "a worker with more memory or fewer slots and submit the job again."
            )
        }
    }

    /// The task failed for good, and its job with it.
    mutating func giveUp(_ task: Int, _ text: String) {
        let id = tasks[task].id
        if tasks[task].result == nil {
            endLeases(of: task, .superseded)
            move(task, to: .failed)
            effects.append(
                .recordTask(id, phase: .failed, key: tasks[task].key, origin: nil)
            )
        }
        end(id.job, .failed, reason: "Task \(id) \(text)")
    }
}
