import Domain

extension Scheduler {
    /// Notes which blob an input is; returns the blob's number.
    @discardableResult
    mutating func resolve(_ task: Int, input: Int, to reference: BlobReference) -> Int {
        let blob = number(of: reference)
        blobs[blob].references += 1
        tasks[task].inputs[input] = blob
        tasks[task].inputsUnresolved -= 1
        if tasks[task].isReading { blobs[blob].readersLeft += 1 }
        return blob
    }

    /// Asks the ledger once all inputs are known and a root needs the task.
    mutating func lookUpIfResolved(_ task: Int) {
        guard tasks[task].state == .unresolved, tasks[task].isWanted,
            tasks[task].inputsUnresolved == 0
        else { return }
        let key = tasks[task].description.key(resolved: references(ofInputs: task))
        tasks[task].key = key
        siblings[key, default: []].append(task)
        move(task, to: .lookingUp)
        effects.append(.lookUp(tasks[task].id, key: key))
    }

    func references(ofInputs task: Int) -> [BlobReference] {
        tasks[task].inputs.compactMap { blob in
            blobs[blob].digest.map {
                BlobReference(digest: $0, byteCount: blobs[blob].byteCount)
            }
        }
    }

    mutating func found(_ result: TaskResult, held: [Digest], for id: TaskID) {
        guard let task = taskIndices[id], tasks[task].state == .lookingUp else { return }
        guard fits(result, tasks[task].description) else {
            foundNothing(for: id)
            return
        }
        finish(
            task,
            result,
            origin: .cached,
            madeBy: tasks[task].restoredMaker,
            durable: Set(held)
        )
    }

    mutating func foundNothing(for id: TaskID) {
        guard let task = taskIndices[id], tasks[task].state == .lookingUp,
            let key = tasks[task].key
        else { return }
        let known = (siblings[key] ?? []).first { tasks[$0].result != nil }
        if let known, let result = tasks[known].result {
            finish(task, result, origin: .cached, madeBy: tasks[known].madeBy, durable: [])
            return
        }
        move(task, to: .blocked)
        toEvaluate.append(task)
    }

    /// Whether a result has exactly the declared outputs.
    func fits(_ result: TaskResult, _ description: TaskDescription) -> Bool {
        result.outputs.count == description.outputs.count
            && zip(result.outputs, description.outputs).allSatisfy { $0.name == $1.name }
            && result.outputs.allSatisfy { $0.blob.byteCount <= Limits.blobBytesMax }
    }

    /// Makes a task without a result done.
    mutating func finish(
        _ task: Int,
        _ result: TaskResult,
        origin: TaskOrigin,
        madeBy: WorkerID?,
        durable: Set<Digest>
    ) {
        endLeases(of: task, .superseded)
        let origin = tasks[task].recordedOrigin ?? origin
        let outputs = result.outputs.map { number(of: $0.blob) }
        update(task) {
            $0.result = result
            $0.origin = origin
            $0.madeBy = madeBy
            $0.outputs = outputs
        }
        for (blob, declaration) in zip(outputs, tasks[task].description.outputs) {
            blobs[blob].references += 1
            blobs[blob].makers.insert(task)
            if declaration.retention == .transient {
                blobs[blob].isTransient = true
            } else {
                blobs[blob].isKept = true
            }
            if let digest = blobs[blob].digest, durable.contains(digest) { setDurable(blob) }
        }
        if tasks[task].isWanted { countLeft(task, by: -1) }
        let id = tasks[task].id
        if tasks[task].recordedOrigin == nil {
            effects.append(
                .recordTask(id, phase: .done, key: tasks[task].key, origin: origin)
            )
        }
        effects.append(.taskDone(id, result))
        passOn(result, of: task)
        sample(task, origin: origin, madeBy: madeBy)
        if !tasks[task].verification.isOpen { stopReading(task) }
        move(task, to: .done)
        memoryHungry.remove(task)
        if tasks[task].isRoot { countRootOutputs(of: task, by: 1) }
        for blob in outputs { releaseIfUnread(blob) }
        restoreRoot(task)
        finishSiblings(of: task, result)
    }

    /// Gives the consumers of a done task the blobs of their inputs.
    private mutating func passOn(_ result: TaskResult, of task: Int) {
        for consumer in tasks[task].consumers {
            for place in tasks[consumer].producers.indices
            where tasks[consumer].producers[place] == task {
                guard case .output(_, let name) = tasks[consumer].description.inputs[place].source,
                    let reference = result.blob(named: name)
                else { continue }
                resolve(consumer, input: place, to: reference)
            }
            lookUpIfResolved(consumer)
        }
    }

    /// Tasks of the same key have the same result.
    private mutating func finishSiblings(of task: Int, _ result: TaskResult) {
        guard let key = tasks[task].key else { return }
        for other in siblings[key] ?? [] where tasks[other].result == nil {
            guard jobs[tasks[other].job].phase == .running else { continue }
            finish(other, result, origin: .cached, madeBy: tasks[task].madeBy, durable: [])
        }
    }
}
