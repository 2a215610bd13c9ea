import Domain

extension Invariants {
    /// Leases, attempts and fences: S3, S4, S7 and S10.
    static func checkLeases(_ scheduler: Scheduler) -> [String] {
        var wrong: [String] = []
        for (id, number) in scheduler.taskIndices {
            let task = scheduler.tasks[number]
            func expect(_ isTrue: Bool, _ text: String) {
                if !isTrue { wrong.append("task \(id) (\(task.state)): \(text)") }
            }
            let isHeld = task.state == .leased || (task.state == .done && !task.leases.isEmpty)
            expect(isHeld == scheduler.leased.contains(number), "leased set")
            expect(task.state != .leased || !task.leases.isEmpty, "it is leased without a lease")
            expect(task.leases.count <= 2, "it has more than two leases")
            expect(
                Set(task.leases.map(\.token.worker)).count == task.leases.count,
                "one worker has two leases of it"
            )
            expect(
                Set(task.leases.map(\.token.attempt)).count == task.leases.count,
                "two leases have one number"
            )
            expect(
                task.leases.isEmpty || isHeld || task.state == .unresolved
                    || task.state == .lookingUp,
                "it has a lease but is not leased"
            )
            expect(task.state != .done || task.leases.allSatisfy(\.isVerification), "a done run")
            expect(scheduler.jobs[task.job].phase == .running, "its job is over")
            for lease in task.leases {
                expect(lease.token.task == id, "its lease is another's")
                expect(lease.token.attempt <= task.attempts, "its lease is newer than its attempts")
                expect(task.isCurrent(lease.token), "its lease is not current")
                expect(lease.expires >= lease.since, "its lease ended before it began")
            }
            expect(task.firstCurrentAttempt >= 1, "attempts count from 1")
            expect(
                task.firstCurrentAttempt <= task.attempts + 1,
                "its fence is ahead of its attempts"
            )
        }
        for number in scheduler.leased where scheduler.tasks[number].state == .vacant {
            wrong.append("task number \(number): it is leased but does not exist")
        }
        return wrong
    }

    /// Second runs of done tasks, and the counts of their jobs.
    static func checkVerifications(_ scheduler: Scheduler) -> [String] {
        var wrong: [String] = []
        for (id, number) in scheduler.taskIndices {
            let task = scheduler.tasks[number]
            func expect(_ isTrue: Bool, _ text: String) {
                if !isTrue { wrong.append("verification of \(id) (\(task.state)): \(text)") }
            }
            expect(
                task.verification.isOpen == (scheduler.verifications[number] != nil),
                "whether it is known"
            )
            expect(
                (task.verification == .running) == task.leases.contains(where: \.isVerification),
                "whether it runs"
            )
            expect(!task.verification.isOpen || task.result != nil, "it has no result")
            expect(
                task.verification != .running
                    || task.leases.allSatisfy {
                        $0.token.worker != task.madeBy || !$0.isVerification
                    },
                "its own maker verifies it"
            )
        }
        for job in scheduler.jobs where job.phase == .running {
            let open = job.tasks.filter { scheduler.tasks[$0].verification.isOpen }
            if job.verifications.open != open.count {
                wrong.append("job \(job.id): the number of open verifications")
            }
            let waiting = Set(open.filter { scheduler.tasks[$0].verification == .waiting })
            if Set(job.toVerify.runs.joined().map(\.task)) != waiting
                || job.toVerify.count != waiting.count
            {
                wrong.append("job \(job.id): its waiting verifications")
            }
        }
        return wrong
    }

    /// Capacity (S11), quarantine (S13), drained workers and troubles.
    static func checkPolicy(_ scheduler: Scheduler) -> [String] {
        var wrong: [String] = []
        for (id, number) in scheduler.workerIndices {
            let worker = scheduler.workers[number]
            if worker.leases.count > worker.description.slots {
                wrong.append("worker \(id): \(worker.leases.count) leases in too few slots")
            }
            if worker.isDraining, scheduler.parked.byWorker[number] != nil {
                wrong.append("worker \(id): it is being drained but waits for work")
            }
            if worker.drainReason != nil, !worker.isDraining {
                wrong.append("worker \(id): it is sick but gets work")
            }
            if scheduler.lastStanding.contains(number) != (worker.trouble != nil) {
                wrong.append("worker \(id): whether it is the last one")
            }
        }
        for (id, quarantine) in scheduler.quarantines.byTask {
            if Set(quarantine.hosts).count < scheduler.policy.quarantineHosts {
                wrong.append("quarantine of \(id): too few hosts")
            }
            if scheduler.taskIndices[id] != nil { wrong.append("quarantine of \(id): it goes on") }
        }
        for number in scheduler.troubles.keys
        where !scheduler.tasks[number].isTroubled || scheduler.tasks[number].state == .vacant {
            wrong.append("task number \(number): troubles of no task")
        }
        for number in scheduler.memoryHungry where !scheduler.tasks[number].isTroubled {
            wrong.append("task number \(number): it wants memory for no reason")
        }
        for (id, number) in scheduler.taskIndices where scheduler.tasks[number].isTroubled {
            guard let known = scheduler.troubles[number] else {
                wrong.append("task \(id): its troubles are not known")
                continue
            }
            wrong += checkDanger(scheduler, number, known)
        }
        if !scheduler.freed.isEmpty { wrong.append("freed slots are left over") }
        return wrong
    }

    /// A task never puts more hosts at risk than quarantine takes; marks from before a restart do
    /// not count, because their workers may have turned out to be alive.
    private static func checkDanger(
        _ scheduler: Scheduler,
        _ number: Int,
        _ known: TaskTroubles
    ) -> [String] {
        let task = scheduler.tasks[number]
        var hosts: Set<Int> = []
        for mark in known.marks + known.doubtful
        where mark.attempt > 0
            && (mark.failureClass == .crashed || mark.failureClass == .lostWorker)
        {
            hosts.insert(mark.host)
        }
        var wrong: [String] = []
        if hosts.count > scheduler.policy.quarantineHosts {
            wrong.append("task \(task.id): it struck \(hosts.count) hosts")
        }
        if hosts.count == scheduler.policy.quarantineHosts, task.state == .leased,
            task.leases.contains(where: { $0.serial == scheduler.serial && $0.acceptBy != nil })
        {
            let isNew = task.leases.contains { lease in
                guard let worker = scheduler.workerIndices[lease.token.worker] else { return false }
                return !hosts.contains(scheduler.workers[worker].host)
            }
            if isNew { wrong.append("task \(task.id): it endangers one host more") }
        }
        return wrong
    }
}
