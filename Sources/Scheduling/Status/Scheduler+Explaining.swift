public import Domain

/// How much an explanation tells.
private enum ExplanationBounds {
    static let inputs = 8
    static let workers = 12
    static let troubles = 8
}

extension Scheduler {
    /// Why a task stands where it stands, in whole sentences: what it waits for, who could run
    /// it, what went wrong before.
    ///
    /// Known are tasks of jobs that are not over, and the latest quarantined ones. Nil for
    /// others.
    public func explain(_ id: TaskID) -> TaskExplanation? {
        guard let task = taskIndices[id], let phase = phase(of: id) else {
            return quarantines.byTask[id].map {
                TaskExplanation(task: id.name, phase: .failed, sentences: [$0.reason])
            }
        }
        return TaskExplanation(
            task: id.name,
            phase: phase,
            sentences: standing(of: task) + troubleSentences(of: task)
        )
    }

    private func standing(of task: Int) -> [String] {
        switch tasks[task].state {
        case .vacant: []
        case .unresolved: waitingForProducers(task)
        case .lookingUp: ["The ledger is being asked whether its result is known."]
        case .blocked: blockages(of: task)
        case .ready: waitingForWorkers(task)
        case .leased: tasks[task].leases.map { sentence(for: $0) }
        case .done: completion(of: task)
        case .failed: ["It failed for good."]
        }
    }

    private func waitingForProducers(_ task: Int) -> [String] {
        guard tasks[task].isWanted else {
            return ["Nothing that the job is for needs it, so it does not run."]
        }
        var sentences: [String] = []
        for place in tasks[task].inputs.indices where tasks[task].inputs[place] < 0 {
            guard sentences.count < ExplanationBounds.inputs else { break }
            let producer = tasks[task].producers[place]
            guard producer >= 0 else { continue }
            let name = tasks[task].description.inputs[place].name
            sentences.append(
                "Input \(name) waits for task \(tasks[producer].id.name), which is "
                    + "\(word(for: producer))."
            )
        }
        let left = tasks[task].inputsUnresolved - sentences.count
        if left > 0 { sentences.append("So do \(left) other inputs.") }
        return sentences
    }

    private func word(for task: Int) -> String {
        switch tasks[task].state {
        case .leased: tasks[task].leases.first.map { "running on \($0.token.worker)" } ?? "running"
        default: phase(of: tasks[task].id)?.rawValue ?? "unknown"
        }
    }

    private func blockages(of task: Int) -> [String] {
        var sentences: [String] = []
        for place in tasks[task].inputs.indices
        where !isReachable(tasks[task].inputs[place])
            && sentences.count < ExplanationBounds.inputs
        {
            sentences.append(missingInput(place, of: task))
        }
        if let key = tasks[task].key, let leader = leaders[key], leader != task {
            sentences.append(
                "Task \(tasks[leader].id) has the same key and is \(word(for: leader)); its "
                    + "result will be taken."
            )
        }
        if !mayEndangerAnother(task), let known = troubles[task] {
            let names = hostNames(known.endangered).joined(separator: ", ")
            sentences.append(
                "It may have brought down \(names), so it waits until it is known what became of "
                    + "the workers there."
            )
        }
        if let moment = tasks[task].notBefore, now < moment {
            let seconds = Double(moment.milliseconds - now.milliseconds) / 1_000
            let count = troubles[task]?.environment ?? 0
            sentences.append(
                "It found no proper surroundings \(count) times and pauses until \(moment), for "
                    + "\(seconds) s more."
            )
        }
        return sentences
    }

    private func missingInput(_ place: Int, of task: Int) -> String {
        let name = tasks[task].description.inputs[place].name
        let blob = blobs[tasks[task].inputs[place]]
        let digest = blob.digest?.short ?? "?"
        let holders = blob.holders.keys.map { workers[$0].id }.sorted()
            .prefix(ExplanationBounds.workers)
        let listed = holders.map(\.description).joined(separator: ", ")
        let held =
            holders.isEmpty
            ? "nobody holds"
            : "only workers that are gone hold (\(listed))"
        let producer = tasks[task].producers[place]
        let remedy =
            if let end = graceEnd {
                "workers may still report it until \(end)"
            } else if producer >= 0 {
                "its producer \(tasks[producer].id.name) is to run again and is "
                    + word(for: producer)
            } else {
                "it has no producer"
            }
        return "Input \(name) is blob \(digest), which \(held); \(remedy)."
    }

    private func waitingForWorkers(_ task: Int) -> [String] {
        var sentences: [String] = []
        if !isGranting { sentences.append("The coordinator gives no work out at the moment.") }
        let ids = workerIndices.keys.sorted()
        if ids.isEmpty { sentences.append("It could start now, but no worker has joined.") }
        // Those that say most come first: a thousand busy workers are no news.
        let all = ids.compactMap { workerIndices[$0] }.map { obstacle(of: $0, for: task) }
        let telling = all.sorted { $0.rank < $1.rank }
        sentences += telling.prefix(ExplanationBounds.workers).map(\.text)
        if all.count > ExplanationBounds.workers {
            sentences.append("So much for \(ExplanationBounds.workers) of \(all.count) workers.")
        }
        if troubles[task]?.tooSmallBytes != nil, !all.contains(where: { $0.rank == 0 }) {
            sentences.append(
                "It ran out of memory and waits for a worker with more than "
                    + "\(memoryNeeded(by: task) - 1) bytes per slot."
            )
        }
        return sentences
    }

    /// Why a worker does not run a ready task; the rank is lower for better prospects.
    private func obstacle(of worker: Int, for task: Int) -> (rank: Int, text: String) {
        let record = workers[worker]
        let name = "Worker \(record.id)"
        switch record.presence {
        case .lost: return (6, "\(name) is gone.")
        case .away: return (5, "\(name) lost its connection a moment ago.")
        case .connected: break
        }
        if record.isDraining {
            let reason = record.drainReason.map { ": \($0)" } ?? ""
            return (4, "\(name) is being drained\(reason).")
        }
        let needed = memoryNeeded(by: task)
        guard fitsMemory(worker, task) else {
            let bytes = record.description.memoryBytesPerSlot
            return (3, "\(name) is too small: it has \(bytes) bytes per slot of \(needed).")
        }
        if let better = better(than: worker, for: task) {
            let own = troubles[task].map { reluctance(worker, $0) } ?? 0
            let since = troubles[task]?.since ?? now
            let end = since + Int64(own) * policy.patienceMilliseconds
            let reason = own > 1 ? "it failed there" : "it failed on the same host"
            return (
                2,
                "\(name) is benched, because \(reason); the task waits for worker "
                    + "\(workers[better].id) or until \(end)."
            )
        }
        if !hasRoom(worker) {
            return (1, "\(name) suits, but all of its \(record.description.slots) slots are taken.")
        }
        return (0, "\(name) suits and has a free slot, but has not asked or has other tasks first.")
    }

    private func sentence(for lease: Lease) -> String {
        let kind = lease.isVerification ? "verifies it" : "runs it"
        let accepted = lease.acceptBy.map { ", not confirmed yet (until \($0))" } ?? ""
        return "Worker \(lease.token.worker) \(kind) as attempt "
            + "\(readable(lease.token.attempt)) since \(lease.since); the lease ends at "
            + "\(lease.expires)\(accepted)."
    }

    /// An attempt's number without the floor that an older ledger put under it.
    private func readable(_ attempt: Int) -> Int {
        attempt > attemptFloor ? attempt - attemptFloor : attempt
    }

    private func completion(of task: Int) -> [String] {
        var sentences: [String] = []
        if tasks[task].origin == .cached {
            sentences.append("An earlier run had computed it.")
        } else if let worker = tasks[task].madeBy {
            sentences.append("Worker \(worker) computed it.")
        }
        switch tasks[task].verification {
        case .none, .closed: break
        case .waiting: sentences.append("It waits for another worker to compute it once more.")
        case .running: sentences += tasks[task].leases.map { sentence(for: $0) }
        }
        return sentences
    }

    private func troubleSentences(of task: Int) -> [String] {
        guard tasks[task].isTroubled, let known = troubles[task] else { return [] }
        var sentences = known.marks.suffix(ExplanationBounds.troubles).map { mark in
            let what =
                switch mark.failureClass {
                case .lostWorker: "was lost with its worker"
                case .lostInput: "did not get its inputs, or gave other bytes,"
                case .outOfMemory: "ran out of memory"
                case .crashed: "crashed"
                case .deterministic: "failed by its input or its mathematics"
                case .environment: "found no proper surroundings"
                case .timeout: "took too long"
                case .cancelled: "was cancelled"
                }
            let when =
                mark.attempt > 0
                ? "Attempt \(readable(mark.attempt))" : "An attempt before the restart"
            return "\(when) \(what) on worker \(mark.worker) of host \(hosts.names[mark.host])."
        }
        let stricken = hostNames(known.stricken)
        if !stricken.isEmpty {
            sentences.append(
                "Hosts that died or crashed under it: \(stricken.joined(separator: ", ")); with "
                    + "\(policy.quarantineHosts) it is quarantined."
            )
        }
        return sentences
    }
}
