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
        guard tasks[task].mustRun else { return .superseded }
        noteReport(task, token, measurements)
        if tasks[task].lease?.token == token {
            endLease(of: task, .done)
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

    /// The known result came again: on purpose, because bytes were lost, or late.
    private mutating func completeAgain(
        _ task: Int,
        _ token: LeaseToken,
        _ measurements: TaskMeasurements
    ) -> CompletionAnswer {
        let isCurrent = tasks[task].lease?.token == token
        if isCurrent {
            noteReport(task, token, measurements)
            endLease(of: task, .recomputed)
        }
        tasks[task].closedAttempts.insert(token.attempt)
        for (blob, declaration) in zip(tasks[task].outputs, tasks[task].description.outputs)
        where declaration.retention == .durable {
            setDurable(blob)
        }
        noteBytes(task, of: token.worker)
        return isCurrent ? .accepted : .duplicate
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
        if tasks[task].lease?.token == token {
            endLease(of: task, .mismatch)
            countFailure(
                of: task,
                on: token.worker,
                "lost bytes were to be computed again but came out differently"
            )
        } else {
            effects.append(.recordAttemptEnd(token, outcome: .mismatch, failure: nil))
        }
        return .mismatch
    }

    private mutating func noteReport(
        _ task: Int,
        _ token: LeaseToken,
        _ measurements: TaskMeasurements
    ) {
        tasks[task].closedAttempts.insert(token.attempt)
        if let worker = workerIndices[token.worker] { workers[worker].completed += 1 }
        guard measurements.seconds.isFinite, measurements.seconds >= 0 else { return }
        jobs[tasks[task].job].flopsSeen += tasks[task].description.cost.flops
        jobs[tasks[task].job].secondsSeen += measurements.seconds
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
