import Domain

extension Scheduler {
    mutating func addJob(_ id: JobID, title: String) {
        guard jobIndices[id] == nil else { return }
        jobIndices[id] = jobs.count
        openJobs.append(jobs.count)
        jobs.append(JobRecord(id: id, title: title))
    }

    /// Ends a job; the event's end takes its tasks away.
    mutating func end(_ id: JobID, _ phase: JobPhase, reason: String?) {
        guard let job = jobIndices[id], jobs[job].phase == .running else { return }
        jobs[job].phase = phase
        jobs[job].reason = reason
        effects.append(.recordJob(id, phase: phase, reason: reason))
        toPurge.append(job)
    }

    /// Ends the jobs that have nothing left to do.
    mutating func finishJobs() {
        guard !maybeFinished.isEmpty else { return }
        for job in maybeFinished.sorted() where jobs[job].isComplete {
            if let name = jobs[job].missingRoots.min() {
                end(
                    jobs[job].id,
                    .failed,
                    reason: "The driver of job \(jobs[job].id) wants the root \(name) but never "
                        + "asked for such a task; this is a bug of the job's driver."
                )
            } else if jobs[job].rootsLeft == 0, jobs[job].verifications.open == 0 {
                end(jobs[job].id, .finished, reason: nil)
            }
        }
        maybeFinished = []
    }

    /// Takes away the tasks of jobs that are over, their leases and their claims on blobs.
    mutating func purgeJobs() {
        for job in toPurge {
            openJobs.removeAll { $0 == job }
            let members = jobs[job].tasks
            for task in members {
                if tasks[task].verification.isOpen { endVerification(of: task, \.skipped) }
                endLeases(of: task, .superseded)
                if tasks[task].mustRun { move(task, to: .unresolved) }
            }
            for task in members { remove(task) }
            jobs[job].tasks = []
            jobs[job].costs = [:]
            maybeFinished.remove(job)
        }
        toPurge = []
    }

    private mutating func remove(_ task: Int) {
        stopReading(task)
        if tasks[task].isRoot { countRootOutputs(of: task, by: -1) }
        if let key = tasks[task].key {
            siblings[key]?.removeAll { $0 == task }
            if siblings[key]?.isEmpty == true { siblings[key] = nil }
        }
        let inputs = tasks[task].inputs
        let outputs = tasks[task].outputs
        taskIndices[tasks[task].id] = nil
        troubles[task] = nil
        memoryHungry.remove(task)
        tasks.remove(task)
        for blob in outputs { blobs[blob].makers.remove(task) }
        for blob in inputs + outputs where blob >= 0 {
            blobs[blob].references -= 1
            forgetIfUnused(blob)
        }
    }

    /// Changes a task and keeps the counts of its job right.
    mutating func update(_ task: Int, _ change: (inout TaskRecord) -> Void) {
        let before = tasks[task].contribution
        let wasLeft = tasks[task].isRoot && tasks[task].state != .done
        change(&tasks[task])
        let after = tasks[task].contribution
        let isLeft = tasks[task].isRoot && tasks[task].state != .done
        let job = tasks[task].job
        if before != after {
            let stage = tasks[task].description.stage
            jobs[job].counts[stage, default: StageCounts()].replace(before, by: after)
        }
        if wasLeft != isLeft {
            jobs[job].rootsLeft += isLeft ? 1 : -1
            if jobs[job].rootsLeft == 0 { maybeFinished.insert(job) }
        }
    }

    /// Changes where a task stands and keeps everything that depends on it right.
    mutating func move(_ task: Int, to new: TaskRecord.State) {
        let old = tasks[task].state
        guard old != new else { return }
        let mustHaveRun = tasks[task].mustRun
        update(task) { $0.state = new }
        let job = tasks[task].job
        let entry = readyEntry(of: task)
        if old == .ready { jobs[job].ready.remove(entry) }
        if new == .ready {
            jobs[job].ready.insert(entry)
            newlyReady.append(task)
        }
        if old == .leased { jobs[job].running -= 1 }
        if new == .leased { jobs[job].running += 1 }
        noteLeases(of: task)
        if mustHaveRun != tasks[task].mustRun {
            for blob in tasks[task].inputs where blob >= 0 {
                if mustHaveRun {
                    blobs[blob].readers.remove(task)
                } else {
                    blobs[blob].readers.insert(task)
                }
            }
        }
        if old == .blocked { reconsiderProducers(of: task) }
        if new != .ready, new != .leased { giveUpLead(task) }
    }

    /// How a task stands among others that are ready or to be verified.
    func readyEntry(of task: Int) -> ReadyTasks.Entry {
        ReadyTasks.Entry(
            priority: tasks[task].description.priority,
            name: tasks[task].id.name,
            task: task
        )
    }

    /// Lets another task of the same key run if `task` was the one that did.
    private mutating func giveUpLead(_ task: Int) {
        guard let key = tasks[task].key, leaders[key] == task else { return }
        leaders[key] = nil
        for other in siblings[key] ?? [] where tasks[other].state == .blocked {
            toEvaluate.append(other)
        }
    }
}

extension StageCounts {
    /// Takes one task's old contribution away and adds its new one.
    mutating func replace(_ before: StageCounts, by after: StageCounts) {
        total += after.total - before.total
        done += after.done - before.done
        cached += after.cached - before.cached
        running += after.running - before.running
        ready += after.ready - before.ready
        waiting += after.waiting - before.waiting
        failed += after.failed - before.failed
    }
}
