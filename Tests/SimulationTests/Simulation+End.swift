import Domain
import Scheduling

/// What must hold at some instants, and at the end.
extension Simulation {
    /// S14: a scheduler that is built anew from the ledger knows the same results.
    func rebuildAndCompare() {
        guard let state = coordinator, state.changes.isEmpty, state.unrecorded.isEmpty else {
            return
        }
        let now = Moment(milliseconds: time)
        var rebuilt = Scheduler(
            restoring: ledger.books.restoration, startedAt: now, policy: schedulerPolicy)
        var drivers: [JobID: SimulatedDriver] = [:]
        var events: [Event] = []
        func ask(_ job: JobID, _ done: TaskName?) {
            guard let wanted = drivers[job]?.advance(done), let driver = drivers[job] else {
                return
            }
            events.append(
                .tasksAdded(job, wanted, roots: driver.roots, complete: driver.isComplete))
        }
        for workload in workloads where state.drivers[workload.job] != nil {
            drivers[workload.job] = SimulatedDriver(workload)
            events.append(.jobAdded(workload.job, title: ""))
            ask(workload.job, nil)
        }
        while !events.isEmpty {
            for effect in rebuilt.handle(events.removeFirst(), at: now).effects {
                switch effect {
                case .lookUp(let task, let key):
                    if let found = ledger.books.results[key] {
                        let held = found.outputs.map(\.blob.digest).filter {
                            durable[$0] != nil
                        }
                        events.append(.resultFound(task, found, held: held))
                    } else {
                        events.append(.resultNotFound(task))
                    }
                case .taskDone(let task, _): ask(task.job, task.name)
                default: break
                }
            }
        }
        for text in Invariants.check(rebuilt) { checker.fail("S14: rebuilt: \(text)") }
        for id in state.tasks.keys.sorted() where state.drivers[id.job] != nil {
            if rebuilt.result(of: id) != state.scheduler.result(of: id) {
                checker.fail("S14: the ledger and the scheduler differ about \(id)")
            }
        }
    }

    /// The end: every job is over, as it should, and nothing that was promised is missing.
    func checkEnd() {
        let books = ledger.books
        checker.checkAccepted(books)
        for (number, workload) in workloads.enumerated() {
            guard checker.acknowledged.contains(number) || books.jobs.contains(workload.job)
            else {
                checker.fail("L1: \(workload.job) was never submitted")
                continue
            }
            checkEnd(of: workload, books)
        }
        for task in books.phasesOfTasks.keys.sorted() {
            let workload = workloads.first { $0.job == task.job }
            if workload?.needed.contains(task.name) != true {
                checker.fail("L2: unexpected: nobody asked for \(task)")
            }
        }
        if plan.isCalm { checkCalm(books) }
    }

    private func checkEnd(of workload: Workload, _ books: SimulatedLedger.Books) {
        let job = workload.job
        guard let phase = books.phases[job] else {
            return checker.fail("L1: \(job) is not over after \(time) ms: \(stateOf(job))")
        }
        let reason = books.reasons[job] ?? ""
        switch phase {
        case .running: checker.fail("L1: \(job) is recorded as running")
        case .cancelled:
            if !checker.cancelled.contains(job) { checker.fail("\(job) cancelled itself") }
        case .failed:
            if !workload.needed.contains(where: { name in
                checker.blows[TaskID(job: job, name: name)]?.areFatal == true
            }) {
                checker.fail("L1: \(job) failed without cause: \(reason)")
            }
        case .finished: checkFinished(workload, books)
        }
    }

    private func checkFinished(_ workload: Workload, _ books: SimulatedLedger.Books) {
        for name in workload.needed.sorted() {
            let task = TaskID(job: workload.job, name: name)
            if books.phasesOfTasks[task] != .done {
                checker.fail("L2: lost: \(task) is not done in a finished job")
            }
            switch workload.behaviour(of: name) {
            case .bad, .poison:
                if books.origins[task] == .computed {
                    checker.fail("\(task) cannot have been computed")
                }
            case .sound, .hungry, .hanging: break
            }
        }
        guard let results = checker.finalResults[workload.job] else { return }
        for root in workload.roots.sorted() {
            let outputs = workload.byName[root]?.outputs ?? []
            for (declaration, output) in zip(outputs, results[root]?.outputs ?? [])
            where declaration.retention == .durable {
                let digest = output.blob.digest
                if durable[digest] == nil, !checker.flipped.contains(digest) {
                    checker.fail("S9: the output \(digest.short) of \(root) is not there")
                }
            }
        }
    }

    private func stateOf(_ job: JobID) -> String {
        guard let state = coordinator, let status = state.scheduler.status(of: job) else {
            return "the coordinator is away or does not know it"
        }
        let open = state.tasks.keys.filter { $0.job == job }.sorted().compactMap { id -> String? in
            guard state.scheduler.result(of: id) == nil,
                let phase = state.scheduler.phase(of: id)
            else { return nil }
            return "\(id.name) is \(phase.rawValue)"
        }
        let machines = workers.map {
            "\($0.id) \($0.isAlive ? "alive" : "dead") "
                + "\(state.scheduler.status(of: $0.id)?.presence.rawValue ?? "unknown") "
                + "\(state.scheduler.status(of: $0.id)?.draining == true ? "draining" : "")"
        }
        return "\(status.counts) \(open.prefix(5)) \(machines)"
    }

    /// Without faults nothing is wasted and no garbage is left.
    private func checkCalm(_ books: SimulatedLedger.Books) {
        let expected = books.origins.values.count { $0 == .computed }
        // Results of an earlier job whose bytes are gone are computed again for a later one.
        if !plan.speculates, checker.attempts - checker.reruns != expected {
            checker.fail(
                "L6: \(checker.attempts) attempts for \(expected) computed tasks and "
                    + "\(checker.reruns) lost ones")
        }
        var kept: Set<Digest> = []
        var transient: Set<Digest> = []
        for workload in workloads {
            for (name, result) in checker.finalResults[workload.job] ?? [:] {
                let outputs = workload.byName[name]?.outputs ?? []
                for (declaration, output) in zip(outputs, result.outputs) {
                    if declaration.retention == .transient {
                        transient.insert(output.blob.digest)
                    } else {
                        kept.insert(output.blob.digest)
                    }
                }
            }
        }
        let garbage = transient.subtracting(kept)
        for worker in workers {
            // Copies that it fetched from others go with its budget, not when they are unread.
            let left = worker.disk.keys.filter {
                garbage.contains($0) && worker.made.contains($0)
            }
            if !left.isEmpty {
                checker.fail(
                    "L4: \(worker.id) still has \(left.count) blobs that nobody needs: "
                        + "\(left.map(\.short).sorted())")
            }
        }
    }
}
