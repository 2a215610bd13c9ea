import Domain
import Scheduling

extension Simulation {
    /// Tells the scheduler, performs its effects and answers its look-ups.
    @discardableResult
    mutating func tell(_ event: Event) -> Answer {
        guard scheduler != nil else { return .none }
        var waiting = [event]
        var first: Answer?
        while !waiting.isEmpty {
            let next = waiting.removeFirst()
            guard let reaction = scheduler?.handle(next, at: Moment(milliseconds: time)) else {
                break
            }
            events += 1
            first = first ?? reaction.answer
            for effect in reaction.effects { perform(effect, &waiting) }
            let found = scheduler.map(Invariants.check) ?? []
            if !found.isEmpty {
                wrong.append("\(found.joined(separator: "; ")) at \(time) after \(next)")
                break
            }
        }
        return first ?? .none
    }

    private mutating func perform(_ effect: Effect, _ waiting: inout [Event]) {
        ledger.record(effect)
        switch effect {
        case .recordTask, .recordJob: noteUnread()
        case .lookUp(let task, let key):
            if let result = ledger.results[key] {
                let held = result.outputs.map(\.blob.digest).filter(durable.contains)
                waiting.append(.resultFound(task, result, held: held))
            } else {
                waiting.append(.resultNotFound(task))
            }
        case .taskDone(let task, let result):
            let graph = graphs.first { $0.job == task.job }
            if graph?.results[task.name] != result { wrong.append("\(task) has a wrong result") }
        case .grant(let request, let token, let task, let inputs):
            checkRerun(token)
            guard let worker = requests.removeValue(forKey: request) else {
                wrong.append("grant \(token) for a request that nobody made")
                return
            }
            send(.grant(request, token, task, inputs, to: worker))
        case .decline(let request):
            if let worker = requests.removeValue(forKey: request) {
                send(.declined(request, to: worker))
            }
        default: break
        }
    }

    /// A done task may run again only if bytes of it were out of reach.
    private mutating func checkRerun(_ token: LeaseToken) {
        guard ledger.origins[token.task] != nil else { return }
        reruns += 1
        let graph = graphs.first { $0.job == token.task.job }
        let outputs = graph?.results[token.task.name]?.outputs.map(\.blob.digest) ?? []
        let allThere = workers.allSatisfy {
            let presence = scheduler?.status(of: $0.id)?.presence
            return presence == .connected || presence == .away
        }
        if allThere, outputs.allSatisfy({ !everLost.contains($0) }) {
            wrong.append("done task ran again without need: \(token)")
        }
        if isRestarted, time < startedAt + Limits.restartGraceMilliseconds {
            wrong.append("done task ran again too soon after the restart: \(token)")
        }
    }

    /// Transient blobs that no task will read may be deleted from now on.
    private mutating func noteUnread() {
        var transients: Set<Digest> = []
        for graph in graphs {
            for task in graph.tasks {
                for (place, output) in task.outputs.enumerated()
                where output.retention == .transient {
                    if let result = graph.results[task.name] {
                        transients.insert(result.outputs[place].blob.digest)
                    }
                }
            }
        }
        for number in submitted where ledger.phases[graphs[number].job] == nil {
            let graph = graphs[number]
            for task in graph.tasks
            where graph.needed.contains(task.name)
                && ledger.origins[TaskID(job: graph.job, name: task.name)] == nil
            {
                for case .output(let producer, let name) in task.inputs.map(\.source) {
                    if let blob = graph.results[producer]?.blob(named: name) {
                        transients.remove(blob.digest)
                    }
                }
            }
        }
        everLost.formUnion(transients)
    }

    mutating func submit(_ number: Int) {
        let graph = graphs[number]
        guard scheduler != nil, ledger.phases[graph.job] == nil else { return }
        tell(.jobAdded(graph.job, title: "random graph"))
        let half = graph.tasks.count / 2
        tell(.tasksAdded(graph.job, Array(graph.tasks[..<half]), roots: [], complete: false))
        tell(
            .tasksAdded(
                graph.job,
                Array(graph.tasks[half...]),
                roots: graph.roots,
                complete: true
            )
        )
    }

    mutating func crashCoordinator() {
        guard scheduler != nil else { return }
        scheduler = nil
        requests = [:]
        queue.add(.restartCoordinator, at: time + Int64(random.pick(100...20_000)))
    }

    mutating func restartCoordinator() {
        startedAt = time
        isRestarted = true
        scheduler = Scheduler(
            restoring: ledger.restoration,
            startedAt: Moment(milliseconds: time)
        )
        for number in submitted.sorted() { submit(number) }
    }

    /// A message's way: it may be lost, come twice, and overtake others.
    mutating func send(_ action: Action) {
        if random.chance(lossRate) { return }
        queue.add(action, at: time + Int64(random.pick(1...80)))
        if random.chance(lossRate) {
            queue.add(action, at: time + Int64(random.pick(1...3_000)))
        }
    }

    /// A worker's message arrives.
    mutating func arrive(_ event: Event, from worker: Int, incarnation: UInt64) {
        guard scheduler != nil else { return }
        switch event {
        case .workerJoined where workers[worker].incarnation != incarnation: return
        case .slotFree(_, _, _, let request): requests[request] = worker
        case .completed(_, let result, _): keepDurable(result, of: event)
        default: break
        }
        let answer = tell(event)
        switch (event, answer) {
        case (_, .unknownWorker):
            send(.rejoin(worker: worker, incarnation: incarnation))
        case (.beat(_, _, _, let dropped), .beat(let answer)):
            send(
                .answer(answer, to: worker, incarnation: incarnation, dropped: Set(dropped))
            )
        case (.completed(let token, _, _), .completion), (.failed(let token, _), .completion):
            send(.acknowledged(token, to: worker, incarnation: incarnation))
        default: break
        }
    }

    private mutating func keepDurable(_ result: TaskResult, of event: Event) {
        guard case .completed(let token, _, _) = event,
            let graph = graphs.first(where: { $0.job == token.task.job }),
            let task = graph.tasks.first(where: { $0.name == token.task.name })
        else { return }
        for (output, declaration) in zip(result.outputs, task.outputs)
        where declaration.retention == .durable {
            durable.insert(output.blob.digest)
        }
    }
}
