import Domain
import Scheduling

extension Simulation {
    private mutating func post(_ event: Event, from worker: Int) {
        send(.arrive(event, from: worker, incarnation: workers[worker].incarnation))
    }

    /// Once a second a worker asks for every idle slot, resends reports and may evict a blob.
    mutating func work(_ worker: Int) {
        queue.add(.work(worker: worker), at: time + 1_000)
        guard workers[worker].isAlive else { return }
        for token in workers[worker].reports.keys.sorted() {
            if let event = workers[worker].reports[token] { post(event, from: worker) }
        }
        for slot in workers[worker].slots.indices {
            if case .asking(_, let since) = workers[worker].slots[slot], since + 25_000 < time {
                workers[worker].slots[slot] = .idle
            }
            if case .idle = workers[worker].slots[slot] { ask(slot, of: worker) }
        }
        if time < Self.faultsEnd, random.chance(0.02),
            let digest = workers[worker].store.sorted().randomElement(using: &random)
        {
            workers[worker].delete(digest)
            everLost.insert(digest)
        }
    }

    private mutating func ask(_ slot: Int, of worker: Int) {
        lastRequest += 1
        workers[worker].slots[slot] = .asking(requestID: lastRequest, since: time)
        post(
            .slotFree(
                workers[worker].id,
                incarnation: workers[worker].incarnation,
                slot: slot,
                requestID: lastRequest
            ),
            from: worker
        )
    }

    mutating func freeSlot(of worker: Int, asking request: UInt64) {
        for slot in workers[worker].slots.indices {
            if case .asking(request, _) = workers[worker].slots[slot] {
                workers[worker].slots[slot] = .idle
            }
        }
    }

    mutating func sendBeat(of worker: Int) {
        guard workers[worker].isAlive else { return }
        post(
            .beat(
                workers[worker].id,
                incarnation: workers[worker].incarnation,
                running: workers[worker].running,
                dropped: workers[worker].dropped.sorted()
            ),
            from: worker
        )
    }

    mutating func take(
        _ answer: BeatAnswer,
        _ worker: Int,
        _ incarnation: UInt64,
        _ dropped: Set<Digest>
    ) {
        guard workers[worker].isAlive, workers[worker].incarnation == incarnation else { return }
        workers[worker].dropped.subtract(dropped)
        for token in answer.cancel { workers[worker].stop(token) }
        for digest in answer.release {
            workers[worker].delete(digest)
            everLost.insert(digest)
        }
    }

    mutating func sendHello(of worker: Int, incarnation: UInt64) {
        guard workers[worker].isAlive, workers[worker].incarnation == incarnation else { return }
        post(
            .workerJoined(
                workers[worker].description,
                held: workers[worker].store.sorted(),
                leases: workers[worker].running
            ),
            from: worker
        )
    }

    /// A grant arrives: the inputs are fetched, and the end of the task is planned.
    mutating func start(
        _ request: UInt64,
        _ token: LeaseToken,
        _ task: TaskDescription,
        _ inputs: [ResolvedInput],
        on worker: Int
    ) {
        let place = workers[worker].slots.firstIndex { slot in
            if case .asking(request, _) = slot { true } else { false }
        }
        guard workers[worker].isAlive, let slot = place else { return }
        let missing = inputs.filter { !fetch($0, to: worker) }.map(\.blob.digest)
        if !missing.isEmpty {
            everLost.formUnion(missing)
            workers[worker].slots[slot] = .idle
            report(.failed(token, TaskFailure(.lostInput, "gone", missing: missing)), token, worker)
            return
        }
        workers[worker].slots[slot] = .running(token)
        let result = RandomGraph.result(of: task, key: task.key(resolved: inputs.map(\.blob)))
        queue.add(
            .end(token, task, result, worker: worker, incarnation: workers[worker].incarnation),
            at: time + Int64(random.pick(100...15_000))
        )
    }

    /// Gets an input from where the coordinator said; a folder of the same host is read in place.
    private mutating func fetch(_ input: ResolvedInput, to worker: Int) -> Bool {
        let digest = input.blob.digest
        if workers[worker].store.contains(digest) { return true }
        for holder in workers.indices where input.holders.contains(workers[holder].id) {
            let host = workers[holder].host
            let isNear = host == workers[worker].host
            guard isNear || workers[holder].isAlive else { continue }
            guard workers.contains(where: { $0.host == host && $0.store.contains(digest) })
            else { continue }
            if !isNear { workers[worker].store.insert(digest) }
            return true
        }
        if input.durable, durable.contains(digest) {
            workers[worker].store.insert(digest)
            return true
        }
        return false
    }

    mutating func endTask(
        _ token: LeaseToken,
        _ task: TaskDescription,
        _ result: TaskResult,
        _ worker: Int,
        _ incarnation: UInt64
    ) {
        guard workers[worker].isAlive, workers[worker].incarnation == incarnation,
            workers[worker].running.contains(token)
        else { return }
        workers[worker].stop(token)
        if time < Self.faultsEnd, random.chance(0.01) {
            report(.failed(token, TaskFailure(.crashed, "crashed")), token, worker)
            return
        }
        for output in result.outputs { workers[worker].store.insert(output.blob.digest) }
        let measured = TaskMeasurements(seconds: 1, peakBytes: 1, core: "Simulated")
        report(.completed(token, result, measured), token, worker)
    }

    private mutating func report(_ event: Event, _ token: LeaseToken, _ worker: Int) {
        workers[worker].reports[token] = event
        post(event, from: worker)
    }

    mutating func crash(_ worker: Int) {
        guard workers[worker].isAlive else { return }
        everLost.formUnion(workers[worker].store)
        workers[worker].isAlive = false
        workers[worker].reports = [:]
        workers[worker].dropped = []
        for slot in workers[worker].slots.indices { workers[worker].slots[slot] = .idle }
        if random.chance(0.4) { workers[worker].store = [] }
        if random.chance(0.6) { tell(.workerDisconnected(workers[worker].id)) }
        queue.add(.restart(worker: worker), at: time + Int64(random.pick(500...60_000)))
    }

    mutating func restart(_ worker: Int) {
        workers[worker].isAlive = true
        workers[worker].incarnation += 1
        sendHello(of: worker, incarnation: workers[worker].incarnation)
    }
}
