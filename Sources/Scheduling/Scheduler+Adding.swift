import Domain

extension Scheduler {
    mutating func addTasks(
        _ descriptions: [TaskDescription],
        roots: Set<TaskName>,
        complete: Bool,
        to id: JobID
    ) {
        guard let job = jobIndices[id], jobs[job].phase == .running else { return }
        guard jobs[job].tasks.count + descriptions.count <= Limits.tasksPerJobMax else {
            end(
                id,
                .failed,
                reason: "Job \(id) asks for more than \(Limits.tasksPerJobMax) tasks; split it."
            )
            return
        }
        let newRoots = roots.subtracting(jobs[job].rootNames)
        jobs[job].rootNames.formUnion(newRoots)
        jobs[job].missingRoots.formUnion(newRoots)
        for description in descriptions {
            guard add(description, to: job) else { return }
        }
        for name in newRoots.sorted() {
            guard let task = taskIndices[TaskID(job: id, name: name)] else { continue }
            makeRoot(task)
        }
        jobs[job].isComplete = complete || jobs[job].isComplete
        maybeFinished.insert(job)
    }

    /// Adds one task; returns false when the job failed over it.
    private mutating func add(_ description: TaskDescription, to job: Int) -> Bool {
        let id = TaskID(job: jobs[job].id, name: description.name)
        guard taskIndices[id] == nil else { return true }
        var record = TaskRecord(id: id, job: job, description: description)
        var blobsOfInputs: [BlobReference?] = []
        for input in description.inputs {
            switch input.source {
            case .blob(let reference):
                record.producers.append(-1)
                blobsOfInputs.append(reference)
            case .output(let name, let output):
                guard let producer = taskIndices[TaskID(job: jobs[job].id, name: name)],
                    tasks[producer].description.outputs.contains(where: { $0.name == output })
                else {
                    end(
                        jobs[job].id,
                        .failed,
                        reason: "Task \(id) reads output \(output) of \(name), which was not "
                            + "asked for before; this is a bug of the job's driver."
                    )
                    return false
                }
                record.producers.append(producer)
                blobsOfInputs.append(tasks[producer].result?.blob(named: output))
            }
        }
        record.inputs = description.inputs.map { _ in -1 }
        record.inputsUnresolved = description.inputs.count
        let history = histories.removeValue(forKey: id)
        if let history { restore(history, of: &record) }
        if record.attempts < attemptFloor {
            record.attempts = attemptFloor
            if record.leases.isEmpty { record.firstCurrentAttempt = attemptFloor + 1 }
        }
        let task = tasks.insert(record)
        restoreTroubles(history?.troubles ?? [], of: task)
        taskIndices[id] = task
        jobs[job].tasks.append(task)
        if jobs[job].counts[description.stage] == nil {
            jobs[job].counts[description.stage] = StageCounts()
            jobs[job].stageOrder.append(description.stage)
        }
        for producer in Set(record.producers) where producer >= 0 {
            tasks[producer].consumers.append(task)
        }
        for (place, reference) in blobsOfInputs.enumerated() {
            guard let reference else { continue }
            let blob = resolve(task, input: place, to: reference)
            if record.producers[place] < 0 {
                blobs[blob].isKept = true
                setDurable(blob)
            }
        }
        if jobs[job].missingRoots.contains(description.name) { makeRoot(task) }
        return true
    }

    private mutating func restore(
        _ history: Restoration.History,
        of record: inout TaskRecord
    ) {
        record.attempts = history.attempts
        record.restoredAttempts = history.attempts
        record.recordedOrigin = history.origin
        record.restoredMaker = history.madeBy
        record.wasVerified = history.isVerified
        let tokens = restoredLeases.removeValue(forKey: record.id) ?? []
        // An attempt that has ended may still be taken up if it was the last one.
        record.firstCurrentAttempt = tokens.map(\.attempt).min() ?? max(1, history.attempts)
        record.leases = tokens.map { token in
            Lease(
                token: token,
                since: now,
                expires: now + Limits.leaseMilliseconds,
                acceptBy: nil,
                serial: 0
            )
        }
    }

    /// Notes that the job is for this task, and so for all that it needs.
    private mutating func makeRoot(_ task: Int) {
        jobs[tasks[task].job].missingRoots.remove(tasks[task].id.name)
        guard !tasks[task].isRoot else { return }
        update(task) { $0.isRoot = true }
        want(task)
        countRootOutputs(of: task, by: 1)
        restoreRoot(task)
    }

    /// Marks a task and everything above it as needed.
    private mutating func want(_ root: Int) {
        var stack = [root]
        while let task = stack.popLast() {
            guard !tasks[task].isWanted else { continue }
            update(task) { $0.isWanted = true }
            countLeft(task, by: 1)
            startReading(task)
            for producer in tasks[task].producers where producer >= 0 { stack.append(producer) }
            lookUpIfResolved(task)
        }
    }

    /// Counts a wanted task as work that is left, or no longer.
    mutating func countLeft(_ task: Int, by sign: Int) {
        let (kind, flops) = (tasks[task].description.kind, tasks[task].description.cost.flops)
        let job = tasks[task].job
        jobs[job].flopsLeft += Double(sign) * flops
        jobs[job].left[kind, default: .init()].tasks += sign
        jobs[job].left[kind, default: .init()].flops += Double(sign) * flops
    }

    /// Counts the job itself as a reader of a root's outputs, until it is over.
    mutating func countRootOutputs(of task: Int, by difference: Int) {
        for blob in tasks[task].outputs {
            blobs[blob].readersLeft += difference
            releaseIfUnread(blob)
        }
    }
}
