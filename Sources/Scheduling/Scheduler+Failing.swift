import Domain

/// How often a task may fail, and in which way, before its job fails.
enum RetryBounds {
    /// Crashes, memory shortages and unusable results.
    static let failures = 3
    /// Failures of one worker's surroundings, when the task cannot go elsewhere.
    static let environmentOfOneWorker = 2
    /// Failures of workers' surroundings altogether.
    static let environment = 16
    /// Attempts that found an input's bytes gone.
    static let lostInputs = 32
}

extension Scheduler {
    mutating func fail(_ token: LeaseToken, _ failure: TaskFailure) -> CompletionAnswer {
        guard let task = taskIndices[token.task], tasks[task].wasGranted(token),
            jobs[tasks[task].job].phase == .running
        else { return .superseded }
        let isFresh = tasks[task].closedAttempts.insert(token.attempt).inserted
        guard let lease = tasks[task].lease, lease.token == token else {
            return isFresh ? .superseded : .duplicate
        }
        if failure.failureClass == .lostWorker {
            loseLease(of: task, because: failure.text)
            return .accepted
        }
        endLease(of: task, .failed, failure)
        if let worker = workerIndices[token.worker] { workers[worker].failed += 1 }
        switch failure.failureClass {
        case .lostWorker, .cancelled: break
        case .lostInput: dropHolders(of: failure.missing, readBy: task, lease, failure.text)
        case .outOfMemory:
            noteShortage(of: task, on: token.worker)
            countFailure(of: task, on: token.worker, failure.text)
        case .crashed: countFailure(of: task, on: token.worker, failure.text)
        case .deterministic:
            tasks[task].troubles.deterministic += 1
            tasks[task].troubles.benched.insert(token.worker)
            if tasks[task].troubles.deterministic >= Limits.deterministicFailuresMax {
                giveUp(task, "failed for good: \(failure.text)")
            }
        case .environment: countEnvironment(of: task, on: token.worker, failure.text)
        }
        return .accepted
    }

    /// Takes a lease whose worker is gone; too many make the task a suspect.
    mutating func loseLease(of task: Int, because text: String) {
        guard let lease = tasks[task].lease else { return }
        endLease(of: task, .lost, TaskFailure(.lostWorker, text))
        let worker = workerIndices[lease.token.worker]
        let host = worker.map { workers[$0].description.host } ?? "an unknown host"
        tasks[task].troubles.lost += 1
        tasks[task].troubles.lostHosts.append(host)
        if tasks[task].troubles.lost >= Limits.lostAttemptsMax {
            let names = Set(tasks[task].troubles.lostHosts).sorted().joined(separator: ", ")
            giveUp(
                task,
                "is quarantined: \(tasks[task].troubles.lost) attempts were lost with their "
                    + "workers, lately on \(names). Look at these machines' logs and memory."
            )
        }
    }

    /// Counts a failure that may be the task's own fault and benches the worker for it.
    mutating func countFailure(of task: Int, on worker: WorkerID, _ text: String) {
        tasks[task].troubles.failures += 1
        tasks[task].troubles.benched.insert(worker)
        if tasks[task].troubles.failures >= RetryBounds.failures {
            giveUp(
                task,
                "failed \(tasks[task].troubles.failures) times, the last time on worker "
                    + "\(worker): \(text)"
            )
        }
    }

    private mutating func noteShortage(of task: Int, on id: WorkerID) {
        guard let worker = workerIndices[id] else { return }
        let bytes = workers[worker].description.memoryBytesPerSlot
        let known = tasks[task].troubles.tooSmallBytes ?? 0
        tasks[task].troubles.tooSmallBytes = max(known, bytes)
    }

    private mutating func countEnvironment(of task: Int, on worker: WorkerID, _ text: String) {
        tasks[task].troubles.benched.insert(worker)
        tasks[task].troubles.environment += 1
        let count = (tasks[task].troubles.environmentByWorker[worker] ?? 0) + 1
        tasks[task].troubles.environmentByWorker[worker] = count
        if count >= RetryBounds.environmentOfOneWorker
            || tasks[task].troubles.environment >= RetryBounds.environment
        {
            giveUp(task, "cannot run: worker \(worker) says: \(text)")
        }
    }

    /// The holders that a worker was told of could not give the bytes, so they lose them.
    private mutating func dropHolders(
        of missing: [Digest],
        readBy task: Int,
        _ lease: Lease,
        _ text: String
    ) {
        var isReduced = false
        let inputs = Set(tasks[task].inputs)
        for digest in Set(missing).sorted() {
            guard let blob = blobIndices[digest], inputs.contains(blob) else { continue }
            for (holder, since) in blobs[blob].holders where since <= lease.serial {
                removeHolder(holder, of: blob)
                isReduced = true
            }
        }
        tasks[task].troubles.lostInputs += 1
        if tasks[task].troubles.lostInputs >= RetryBounds.lostInputs {
            giveUp(
                task,
                "could not get its inputs in \(tasks[task].troubles.lostInputs) attempts, the "
                    + "last time on worker \(lease.token.worker): \(text)"
            )
        } else if !isReduced {
            // Nothing was learnt about the bytes, so the worker's network may be at fault.
            tasks[task].troubles.benched.insert(lease.token.worker)
        }
    }

    /// The task failed for good, and its job with it.
    private mutating func giveUp(_ task: Int, _ text: String) {
        let id = tasks[task].id
        if tasks[task].result == nil {
            move(task, to: .failed)
            effects.append(
                .recordTask(id, phase: .failed, key: tasks[task].key, origin: nil)
            )
        }
        end(id.job, .failed, reason: "Task \(id) \(text)")
    }
}
