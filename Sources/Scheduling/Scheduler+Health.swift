import Domain

/// Sick workers and hosts: those that fail what others can do.
extension Scheduler {
    /// A worker completed a task: whoever failed the same task may be sick.
    mutating func noteSuccess(of task: Int, on token: LeaseToken) {
        completions += 1
        if let worker = workerIndices[token.worker] {
            workers[worker].completed += 1
            workers[worker].streak = []
            suspects.remove(worker)
            forgiveIfDue(worker)
        }
        if tasks[task].isTroubled { blameOthers(for: task, on: token) }
        // "While others succeed" may have become true for workers with long streaks.
        for suspect in suspects.sorted(by: { workers[$0].id < workers[$1].id }) {
            drainIfSick(suspect)
        }
    }

    /// A worker that has done well for long is not sick, whatever happened before.
    private mutating func forgiveIfDue(_ worker: Int) {
        guard !workers[worker].blamed.isEmpty else { return }
        workers[worker].successesSinceBlame += 1
        guard workers[worker].successesSinceBlame >= policy.forgivenAfterSuccesses else { return }
        hosts.blamed[workers[worker].host].subtract(workers[worker].blamed)
        workers[worker].blamed = []
        workers[worker].trouble = nil
        lastStanding.remove(worker)
    }

    private mutating func blameOthers(for task: Int, on token: LeaseToken) {
        let ownHost = workerIndices[token.worker].map { workers[$0].host }
        let id = tasks[task].id
        for mark in troubles[task]?.marks ?? [] where Self.isBlamed(mark.failureClass) {
            guard mark.worker != token.worker, let worker = workerIndices[mark.worker],
                workers[worker].description.incarnation == mark.incarnation
            else { continue }
            noteBlame(id, worker)
            if let ownHost, ownHost != mark.host, workers[worker].host == mark.host {
                if hosts.blamed[mark.host].count < 4 * policy.sickTasks {
                    hosts.blamed[mark.host].insert(id)
                }
                drainIfSick(host: mark.host)
            }
            drainIfSick(worker)
        }
    }

    /// A worker failed a second run of what another worker had already done.
    mutating func blame(_ token: LeaseToken, _ failureClass: FailureClass) {
        guard Self.isBlamed(failureClass), let worker = workerIndices[token.worker] else { return }
        noteBlame(token.task, worker)
        drainIfSick(worker)
    }

    private mutating func noteBlame(_ task: TaskID, _ worker: Int) {
        workers[worker].successesSinceBlame = 0
        guard workers[worker].blamed.count < 4 * policy.sickTasks else { return }
        workers[worker].blamed.insert(task)
    }

    private static func isBlamed(_ failureClass: FailureClass) -> Bool {
        switch failureClass {
        case .crashed, .deterministic, .environment, .timeout: true
        case .lostWorker, .lostInput, .outOfMemory, .cancelled: false
        }
    }

    /// A task failed on a worker: several in a row that others would do make it a suspect.
    mutating func noteFailure(
        of task: Int,
        on token: LeaseToken,
        _ failureClass: FailureClass
    ) {
        guard failureClass == .crashed || failureClass == .environment,
            let worker = workerIndices[token.worker]
        else { return }
        if workers[worker].streak.isEmpty {
            workers[worker].elsewhereAtStreak = completions - workers[worker].completed
        }
        if !workers[worker].streak.contains(tasks[task].id),
            workers[worker].streak.count < 4 * policy.sickTasks
        {
            workers[worker].streak.append(tasks[task].id)
        }
        if workers[worker].streak.count >= policy.sickTasks { suspects.insert(worker) }
        drainIfSick(worker)
    }

    /// Tasks that failed in a row on a worker and nowhere else: one that fails on several hosts
    /// is itself the suspect.
    private func telling(_ worker: Int) -> Int {
        workers[worker].streak.count { id in
            guard let task = taskIndices[id], let known = troubles[task] else { return false }
            return known.marks.allSatisfy {
                $0.host == workers[worker].host || !Self.isBlamed($0.failureClass)
            }
        }
    }

    mutating func drainIfSick(_ worker: Int) {
        let blamed = workers[worker].blamed.count
        let elsewhere = completions - workers[worker].completed
        if blamed >= policy.sickTasks {
            drainSick(worker, because: "\(blamed) tasks failed on it and succeeded elsewhere")
        } else if workers[worker].streak.count >= policy.sickTasks,
            elsewhere > workers[worker].elsewhereAtStreak, telling(worker) >= policy.sickTasks
        {
            drainSick(
                worker,
                because: "\(workers[worker].streak.count) different tasks in a row crashed or "
                    + "found no proper surroundings on it while others succeeded"
            )
        }
    }

    /// Drains the workers of a host that failed tasks which other hosts can do.
    private mutating func drainIfSick(host: Int) {
        let count = hosts.blamed[host].count
        guard count >= policy.sickTasks else { return }
        let text = "\(count) tasks failed on its host \(hosts.names[host]) and succeeded elsewhere"
        let members = hosts.members[host].sorted { workers[$0].id < workers[$1].id }
        for member in members where !workers[member].blamed.isEmpty {
            drainSick(member, because: text)
        }
    }

    private mutating func drainSick(_ worker: Int, because reason: String) {
        guard workers[worker].presence != .lost, workers[worker].drainReason == nil else { return }
        let isAnotherOpen = workerIndices.values.contains { $0 != worker && isOpen($0) }
        guard isAnotherOpen else {
            workers[worker].trouble =
                "It should be drained (\(reason)), but no other healthy worker is there."
            lastStanding.insert(worker)
            return
        }
        workers[worker].drainReason = reason
        workers[worker].trouble = nil
        suspects.remove(worker)
        lastStanding.remove(worker)
        effects.append(
            .workerDrained(workers[worker].id, reason: "Worker \(workers[worker].id): \(reason)")
        )
        drain(workers[worker].id)
    }

    /// Drains workers that were kept only for being the last ones.
    mutating func reconsiderTroubledWorkers() {
        for worker in lastStanding.sorted(by: { workers[$0].id < workers[$1].id }) {
            drainIfSick(worker)
            drainIfSick(host: workers[worker].host)
        }
    }
}
