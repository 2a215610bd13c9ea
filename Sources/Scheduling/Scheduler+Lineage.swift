import Domain

extension Scheduler {
    /// Decides whether a task that must run is ready, and what has to happen if it is not.
    mutating func evaluate(_ task: Int) {
        let state = tasks[task].state
        guard state == .blocked || state == .ready, jobs[tasks[task].job].phase == .running,
            let key = tasks[task].key
        else { return }
        if tasks[task].result != nil, !isRerunWanted(task) {
            if !tasks[task].verification.isOpen { stopReading(task) }
            move(task, to: .done)
            return
        }
        if !tasks[task].leases.isEmpty {
            if leaders[key] == nil { leaders[key] = task }
            move(task, to: .leased)
            return
        }
        let missing = tasks[task].inputs.indices.filter { !isReachable(tasks[task].inputs[$0]) }
        if !missing.isEmpty {
            move(task, to: .blocked)
            for place in missing { demandInput(place, of: task) }
            return
        }
        if let leader = leaders[key], leader != task {
            move(task, to: .blocked)
            return
        }
        if tasks[task].notBefore.map({ now < $0 }) == true || !mayEndangerAnother(task) {
            move(task, to: .blocked)
            return
        }
        leaders[key] = task
        move(task, to: .ready)
    }

    /// Makes the producer of an input whose bytes are gone run again.
    ///
    /// After a restart nothing is demanded for a while: workers still report what they hold.
    private mutating func demandInput(_ place: Int, of task: Int) {
        guard graceEnd == nil else { return }
        let producer = tasks[task].producers[place]
        guard producer >= 0 else {
            let input = tasks[task].description.inputs[place].name
            let blob = blobs[tasks[task].inputs[place]].digest?.short ?? "?"
            end(
                tasks[task].id.job,
                .failed,
                reason: "Input \(input) (blob \(blob)) of task \(tasks[task].id) is gone from the "
                    + "coordinator's store and from all workers; submit the job again."
            )
            return
        }
        guard tasks[producer].state == .done else { return }
        startReading(producer)
        move(producer, to: .blocked)
        toEvaluate.append(producer)
    }

    /// Whether a done task still has to make its bytes again.
    func isRerunWanted(_ task: Int) -> Bool {
        isRootIncomplete(task)
            || tasks[task].outputs.contains { blob in
                !isReachable(blob)
                    && blobs[blob].readers.contains {
                        tasks[$0].state == .blocked && tasks[$0].job == tasks[task].job
                            && tasks[task].consumers.contains($0)
                    }
            }
    }

    /// Whether the job is for a durable output of this task that the coordinator lacks.
    private func isRootIncomplete(_ task: Int) -> Bool {
        guard tasks[task].isRoot, tasks[task].result != nil else { return false }
        return zip(tasks[task].outputs, tasks[task].description.outputs).contains {
            $1.retention == .durable && !blobs[$0].isDurable
        }
    }

    /// Runs a done root again whose durable outputs the coordinator lacks.
    mutating func restoreRoot(_ task: Int) {
        guard tasks[task].state == .done, isRootIncomplete(task) else { return }
        startReading(task)
        move(task, to: .blocked)
        toEvaluate.append(task)
    }

    /// Looks again at producers that run only because of `task`.
    mutating func reconsiderProducers(of task: Int) {
        for producer in tasks[task].producers where producer >= 0 {
            if tasks[producer].result != nil, tasks[producer].mustRun {
                toEvaluate.append(producer)
            }
        }
    }

    /// Whether some connected worker, or the coordinator, can read the blob's bytes.
    func isReachable(_ blob: Int) -> Bool {
        blobs[blob].isDurable || blobs[blob].hosts.keys.contains { hosts.isLit($0) }
    }

    /// The number under which a blob is known, from now on at least.
    mutating func number(of digest: Digest) -> Int {
        if let blob = blobIndices[digest] { return blob }
        var record = BlobRecord()
        record.digest = digest
        let blob = blobs.insert(record)
        blobIndices[digest] = blob
        return blob
    }

    mutating func number(of reference: BlobReference) -> Int {
        let blob = number(of: reference.digest)
        blobs[blob].byteCount = reference.byteCount
        return blob
    }

    mutating func forgetIfUnused(_ blob: Int) {
        guard blobs[blob].references == 0, blobs[blob].holders.isEmpty,
            let digest = blobs[blob].digest
        else { return }
        blobIndices[digest] = nil
        blobs.remove(blob)
    }

    mutating func startReading(_ task: Int) {
        guard !tasks[task].isReading else { return }
        tasks[task].isReading = true
        for blob in tasks[task].inputs where blob >= 0 { blobs[blob].readersLeft += 1 }
    }

    mutating func stopReading(_ task: Int) {
        guard tasks[task].isReading else { return }
        tasks[task].isReading = false
        for blob in tasks[task].inputs where blob >= 0 {
            blobs[blob].readersLeft -= 1
            releaseIfUnread(blob)
        }
    }
}
