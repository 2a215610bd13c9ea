import Domain

extension Scheduler {
    mutating func complete(
        _ token: LeaseToken,
        _ result: TaskResult,
        _ measurements: TaskMeasurements
    ) -> CompletionAnswer {
        guard let task = taskIndices[token.task], tasks[task].wasGranted(token),
            tasks[task].key != nil, jobs[tasks[task].job].phase == .running
        else { return .superseded }
        guard fits(result, tasks[task].description) else {
            let text = "worker \(token.worker) gave outputs that the task does not declare"
            return fail(token, TaskFailure(.crashed, text))
        }
        if let known = tasks[task].result {
            return known == result
                ? completeAgain(task, token, measurements) : mismatch(task, token, result, known)
        }
        // A stale attempt changes nothing: somebody else was given the task since.
        guard tasks[task].mustRun, tasks[task].isCurrent(token) else { return .superseded }
        noteReport(task, token, measurements)
        if tasks[task].lease(of: token) != nil {
            if let worker = workerIndices[token.worker] { expected.insert(worker) }
            endLease(of: task, token, .done)
        } else {
            effects.append(.recordAttemptEnd(token, outcome: .done, failure: nil))
        }
        if let key = tasks[task].key {
            effects.append(
                .recordResult(
                    token.task,
                    key: key,
                    kind: tasks[task].description.kind,
                    result: result,
                    measurements: measurements,
                    token: token
                )
            )
        }
        finish(
            task,
            result,
            origin: .computed,
            madeBy: token.worker,
            durable: durableDigests(task, result)
        )
        noteBytes(task, of: token.worker)
        return .accepted
    }

    /// The known result came again: on purpose, because bytes were lost or to verify it, or
    /// late.
    private mutating func completeAgain(
        _ task: Int,
        _ token: LeaseToken,
        _ measurements: TaskMeasurements
    ) -> CompletionAnswer {
        let isLive = tasks[task].lease(of: token) != nil
        let isRerun = isLive && tasks[task].state == .leased
        if isLive { noteReport(task, token, measurements) }
        if isLive { endLease(of: task, token, isRerun ? .recomputed : .verified) }
        if tasks[task].verification.isOpen, let maker = tasks[task].madeBy,
            maker != token.worker
        {
            endVerification(of: task, \.verified)
        }
        if isRerun { endLeases(of: task, .superseded) }
        tasks[task].closedAttempts.insert(token.attempt)
        for (blob, declaration) in zip(tasks[task].outputs, tasks[task].description.outputs)
        where declaration.retention == .durable {
            setDurable(blob)
        }
        noteBytes(task, of: token.worker)
        return isLive ? .accepted : .duplicate
    }

    private mutating func mismatch(
        _ task: Int,
        _ token: LeaseToken,
        _ result: TaskResult,
        _ known: TaskResult
    ) -> CompletionAnswer {
        guard let key = tasks[task].key,
            tasks[task].alarmedAttempts.insert(token.attempt).inserted
        else { return .mismatch }
        tasks[task].closedAttempts.insert(token.attempt)
        effects.append(
            .alarm(
                Nondeterminism(
                    task: token.task,
                    key: key,
                    firstWorker: tasks[task].madeBy,
                    secondWorker: token.worker,
                    first: known,
                    second: result
                )
            )
        )
        let isLive = tasks[task].lease(of: token) != nil
        let isRerun = isLive && tasks[task].state == .leased
        if isLive {
            endLease(of: task, token, .mismatch)
        } else {
            effects.append(.recordAttemptEnd(token, outcome: .mismatch, failure: nil))
        }
        if tasks[task].verification.isOpen { endVerification(of: task, \.differing) }
        if isRerun { countMismatch(of: task, token) }
        return .mismatch
    }

    private mutating func noteReport(
        _ task: Int,
        _ token: LeaseToken,
        _ measurements: TaskMeasurements
    ) {
        tasks[task].closedAttempts.insert(token.attempt)
        noteSuccess(of: task, on: token)
        guard measurements.seconds.isFinite, measurements.seconds >= 0 else { return }
        let job = tasks[task].job
        jobs[job].flopsSeen += tasks[task].description.cost.flops
        jobs[job].secondsSeen += measurements.seconds
        // What counts against a straggler is the time since its grant, transfers included.
        var seconds = measurements.seconds
        if let lease = tasks[task].lease(of: token) {
            let passed = now.milliseconds - lease.since.milliseconds
            seconds = max(seconds, Double(passed) / 1_000)
        }
        let (kind, flops) = (tasks[task].description.kind, tasks[task].description.cost.flops)
        if let expected = jobs[job].costs[kind]?.seconds(flops: flops), expected > 0,
            let worker = workerIndices[token.worker]
        {
            workers[worker].pace.add(seconds / expected)
        }
        jobs[job].costs[kind, default: .init()].add(flops: flops, seconds: seconds)
    }

    private func durableDigests(_ task: Int, _ result: TaskResult) -> Set<Digest> {
        let pairs = zip(result.outputs, tasks[task].description.outputs)
        return Set(pairs.filter { $1.retention == .durable }.map(\.0.blob.digest))
    }

    /// A worker that completed a task has its outputs, and has fetched its inputs unless it
    /// could read them in a folder of its own host.
    private mutating func noteBytes(_ task: Int, of id: WorkerID) {
        guard let worker = workerIndices[id] else {
            // Its hello may be on its way, written before it had these bytes.
            let digests = tasks[task].outputs.compactMap { blobs[$0].digest }
            unclaimed[id, default: []].formUnion(digests)
            return
        }
        let host = workers[worker].host
        let isNearCoordinator = coordinatorHost == workers[worker].description.host
        for blob in tasks[task].outputs {
            if let digest = blobs[blob].digest { workers[worker].toRelease.remove(digest) }
            addHolder(worker, of: blob)
        }
        for blob in tasks[task].inputs where blob >= 0 && blobs[blob].hosts[host] == nil {
            guard !(isNearCoordinator && blobs[blob].isDurable) else { continue }
            addHolder(worker, of: blob)
        }
    }
}
