public import Domain

extension Scheduler {
    /// All jobs, over ones too, in the order of submission.
    public var jobStatuses: [JobStatus] { jobs.indices.map(status(ofJobAt:)) }

    /// Where a job stands; nil for an unknown one.
    public func status(of job: JobID) -> JobStatus? {
        jobIndices[job].map(status(ofJobAt:))
    }

    /// Where a task of a job that is not over stands; nil for an unknown one.
    public func phase(of task: TaskID) -> TaskPhase? {
        guard let index = taskIndices[task] else { return nil }
        switch tasks[index].state {
        case .vacant, .unresolved, .lookingUp, .blocked: return .waiting
        case .ready: return .ready
        case .leased: return .leased
        case .done: return .done
        case .failed: return .failed
        }
    }

    /// The result of a task of a job that is not over, if it is known.
    public func result(of task: TaskID) -> TaskResult? {
        taskIndices[task].flatMap { tasks[$0].result }
    }

    /// All known workers by name.
    public var workerStatuses: [WorkerStatus] {
        workerIndices.keys.sorted().compactMap(status(of:))
    }

    /// Where a worker stands; nil for an unknown one.
    public func status(of worker: WorkerID) -> WorkerStatus? {
        guard let index = workerIndices[worker] else { return nil }
        let record = workers[index]
        return WorkerStatus(
            description: record.description,
            presence: record.presence,
            draining: record.isDraining,
            drainReason: record.drainReason,
            trouble: record.trouble,
            lastBeat: record.lastBeat,
            running: leases(of: index).map(\.token),
            blobs: record.held.count,
            completed: record.completed,
            failed: record.failed
        )
    }

    /// What runs now, by task.
    public var runningTasks: [RunningTask] {
        inOrder(leased).flatMap { task in
            tasks[task].leases.map {
                RunningTask(
                    token: $0.token,
                    kind: tasks[task].description.kind,
                    stage: tasks[task].description.stage,
                    since: $0.since,
                    isVerification: $0.isVerification
                )
            }
        }
    }

    /// Whether the bytes of a blob can be had now.
    public func isReachable(_ digest: Digest) -> Bool {
        blobIndices[digest].map { isReachable($0) } ?? false
    }

    private func status(ofJobAt index: Int) -> JobStatus {
        let job = jobs[index]
        let stages = job.stageOrder.map {
            JobStatus.Stage(name: $0, counts: job.counts[$0] ?? StageCounts())
        }
        return JobStatus(
            id: job.id,
            title: job.title,
            phase: job.phase,
            reason: job.reason,
            stages: stages,
            counts: stages.reduce(StageCounts()) { $0 + $1.counts },
            recomputations: job.recomputations,
            speculated: job.speculated.values.reduce(0, +),
            verified: job.verifications.verified,
            unverified: job.verifications.skipped,
            differing: job.verifications.differing,
            verifying: job.verifications.open,
            flopsLeft: max(0, job.flopsLeft),
            secondsLeft: secondsLeft(of: job),
            memoryBytesWanted: memoryWanted(by: job)
        )
    }

    /// What the tasks left will take by what those of their kinds took, or at the rate of all
    /// where none of the kind has finished; spread over the slots that run now.
    private func secondsLeft(of job: JobRecord) -> Double? {
        guard job.phase == .running, job.running > 0, job.secondsSeen > 0, job.flopsSeen > 0
        else { return nil }
        let rate = job.secondsSeen / job.flopsSeen
        // In a fixed order, so that the sum does not depend on the hash table's.
        let seconds = job.left.sorted { $0.key < $1.key }.reduce(0.0) { sum, entry in
            let left = entry.value
            let learned = job.costs[entry.key]?.seconds(tasks: left.tasks, flops: left.flops)
            return sum + max(0, learned ?? left.flops * rate)
        }
        return seconds / Double(job.running)
    }

    private func memoryWanted(by job: JobRecord) -> Int? {
        let largest = workerIndices.values.filter { workers[$0].presence != .lost }
            .map { workers[$0].description.memoryBytesPerSlot }.max()
        guard let largest else { return nil }
        let first = job.ready.runs.lazy.joined().prefix(PlacementBounds.window)
        return first.map { memoryNeeded(by: $0.task) }.filter { $0 > largest }.min()
    }
}
