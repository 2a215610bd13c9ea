import Domain

/// Re-derives everything that a scheduler keeps twice, and the rules that always hold between
/// events. For tests: it looks at every task, blob and worker.
///
/// The rules S2, S3, S4, S6, S7, S10, S11 and S13 of a lease protocol are among them: a task has
/// one result and it stays, attempts grow and are not reused, only current attempts hold leases,
/// counts are right, a lease is in one worker's set and back, jobs that are over run nothing, a
/// worker runs no more than it can, and a quarantined task runs nowhere for good reasons.
public enum Invariants {
    /// What is wrong with `scheduler`, a sentence each; empty when it is sound.
    public static func check(_ scheduler: Scheduler) -> [String] {
        checkTasks(scheduler) + checkJobs(scheduler) + checkBlobs(scheduler)
            + checkWorkers(scheduler) + checkKeys(scheduler) + checkLeases(scheduler)
            + checkVerifications(scheduler) + checkPolicy(scheduler)
    }

    private static func checkTasks(_ scheduler: Scheduler) -> [String] {
        var wrong: [String] = []
        for (id, number) in scheduler.taskIndices {
            let task = scheduler.tasks[number]
            func expect(_ isTrue: Bool, _ text: String) {
                if !isTrue { wrong.append("task \(id) (\(task.state)): \(text)") }
            }
            expect(task.id == id, "it stands under another's number")
            expect(
                task.inputsUnresolved == task.inputs.count { $0 < 0 },
                "unresolved inputs"
            )
            expect(task.state != .done || task.result != nil, "it is done without a result")
            expect(
                !task.mustRun || task.key != nil,
                "it must run but its key is unknown"
            )
            expect(
                task.state != .ready || task.inputs.allSatisfy { scheduler.isReachable($0) },
                "it is ready but an input is out of reach"
            )
            expect(
                task.grants.keys.allSatisfy { $0 > task.restoredAttempts && $0 <= task.attempts },
                "its attempts do not grow"
            )
            expect(task.isReading == task.needsInputs, "whether it is counted as a reader")
            expect(
                !(task.mustRun && task.result != nil && task.state != .leased)
                    || scheduler.isRerunWanted(number),
                "nothing wants it to run again"
            )
            expect(
                !task.isWanted
                    || task.producers.allSatisfy {
                        $0 < 0 || scheduler.tasks[$0].isWanted
                    },
                "a producer is not wanted"
            )
        }
        return wrong
    }

    private static func checkJobs(_ scheduler: Scheduler) -> [String] {
        var wrong: [String] = []
        for (number, job) in scheduler.jobs.enumerated() {
            func expect(_ isTrue: Bool, _ text: String) {
                if !isTrue { wrong.append("job \(job.id): \(text)") }
            }
            expect(
                scheduler.openJobs.contains(number) == (job.phase == .running),
                "open jobs"
            )
            guard job.phase == .running else {
                expect(job.tasks.isEmpty, "it is over but has tasks")
                expect(job.ready.count == 0 && job.toVerify.count == 0, "it is over but goes on")
                continue
            }
            var counts: [String: StageCounts] = [:]
            for task in job.tasks {
                let record = scheduler.tasks[task]
                counts[record.description.stage, default: StageCounts()].replace(
                    StageCounts(),
                    by: record.contribution
                )
            }
            expect(counts == job.counts, "the counts of its stages")
            let members = job.tasks.map { scheduler.tasks[$0] }
            expect(job.running == members.count { $0.state == .leased }, "running tasks")
            expect(
                job.rootsLeft == members.count { $0.isRoot && $0.state != .done },
                "roots left"
            )
            let entries = job.ready.runs.flatMap { $0 }
            expect(entries == entries.sorted(), "its ready tasks are not in order")
            expect(entries.count == job.ready.count, "the number of its ready tasks")
            expect(
                Set(entries.map(\.task))
                    == Set(job.tasks.filter { scheduler.tasks[$0].state == .ready }),
                "its ready tasks"
            )
            expect(
                !(job.isOtherwiseDone && job.verifications.open == 0),
                "it is finished but open"
            )
        }
        return wrong
    }

    private static func checkBlobs(_ scheduler: Scheduler) -> [String] {
        var wrong: [String] = []
        var readersLeft: [Int: Int] = [:]
        var readers: [Int: Set<Int>] = [:]
        var references: [Int: Int] = [:]
        for number in scheduler.taskIndices.values {
            let task = scheduler.tasks[number]
            for blob in task.inputs where blob >= 0 {
                references[blob, default: 0] += 1
                if task.isReading { readersLeft[blob, default: 0] += 1 }
                if task.mustRun { readers[blob, default: []].insert(number) }
            }
            for blob in task.outputs {
                references[blob, default: 0] += 1
                if task.isRoot { readersLeft[blob, default: 0] += 1 }
            }
        }
        for (digest, number) in scheduler.blobIndices {
            let blob = scheduler.blobs[number]
            func expect(_ isTrue: Bool, _ text: String) {
                if !isTrue { wrong.append("blob \(digest.short): \(text)") }
            }
            expect(blob.digest == digest, "it stands under another's number")
            expect(blob.readersLeft == readersLeft[number] ?? 0, "readers left")
            expect(blob.readers == readers[number] ?? [], "readers that must run")
            expect(blob.references == references[number] ?? 0, "references")
            expect(!(blob.isReleasable && !blob.holders.isEmpty), "it is held but unread")
            var hosts: [Int: Int] = [:]
            for holder in blob.holders.keys {
                let worker = scheduler.workers[holder]
                hosts[worker.host, default: 0] += 1
                expect(scheduler.workerIndices[worker.id] == holder, "an unknown holder")
                expect(worker.held.contains(number), "worker \(worker.id) does not hold it")
            }
            expect(blob.hosts == hosts, "holders of each host")
        }
        return wrong
    }

    private static func checkWorkers(_ scheduler: Scheduler) -> [String] {
        var wrong: [String] = []
        var present: [Int: Int] = [:]
        for (id, number) in scheduler.workerIndices {
            let worker = scheduler.workers[number]
            func expect(_ isTrue: Bool, _ text: String) {
                if !isTrue { wrong.append("worker \(id): \(text)") }
            }
            expect(worker.id == id, "it stands under another's number")
            expect(
                worker.held.allSatisfy { scheduler.blobs[$0].holders[number] != nil },
                "it holds a blob without being its holder"
            )
            let leased = scheduler.leased.filter { task in
                scheduler.tasks[task].leases.contains { $0.token.worker == id }
            }
            expect(worker.leases == leased, "its leases")
            if worker.presence != .lost { present[worker.host, default: 0] += 1 }
            expect(
                worker.presence == .connected || scheduler.parked.byWorker[number] == nil,
                "it is not there but waits for work"
            )
        }
        for (host, members) in scheduler.hosts.members.enumerated()
        where scheduler.hosts.present[host] != present[host] ?? 0 {
            wrong.append("host \(host) of \(members.count) workers: how many are there")
        }
        return wrong
    }

    private static func checkKeys(_ scheduler: Scheduler) -> [String] {
        var wrong: [String] = []
        for (key, leader) in scheduler.leaders {
            let task = scheduler.tasks[leader]
            if task.key != key || (task.state != .ready && task.state != .leased) {
                wrong.append("key \(key.short): its leader \(task.id) does not run")
            }
        }
        for (key, members) in scheduler.siblings {
            let ready = members.filter { scheduler.tasks[$0].state == .ready }
            if ready.contains(where: { scheduler.leaders[key] != $0 }) {
                wrong.append("key \(key.short): a ready task does not lead")
            }
            let known = Set(members.compactMap { scheduler.tasks[$0].result })
            if known.count > 1 { wrong.append("key \(key.short): it has two results") }
        }
        if !scheduler.effects.isEmpty || !scheduler.toEvaluate.isEmpty {
            wrong.append("work of the last event is left over")
        }
        return wrong
    }
}
