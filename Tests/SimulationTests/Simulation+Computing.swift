import Domain
import Scheduling
import WorkerCore

/// What slots do: bring inputs, compute, be killed.
extension Simulation {
    /// The end of a preparation.
    func prepare(_ grant: WorkGrant, _ worker: Int, _ life: Int, _ serial: Int) {
        guard workers[worker].life == life, workers[worker].works[grant.token]?.serial == serial
        else { return }
        var failure: TaskFailure?
        for input in grant.inputs where failure == nil {
            failure = fetch(input, worker)
        }
        if let failure {
            workers[worker].works[grant.token] = nil
            checker.count(
                failure.failureClass, of: grant.token, on: workers[worker].host)
            tellStory("\(grant.token) is not prepared: \(failure.text)")
        }
        tell(worker, life, .prepared(grant.token, failure))
    }

    /// Has an input from the own store, a folder of the same host, a peer or the coordinator.
    private func fetch(_ input: GrantedInput, _ worker: Int) -> TaskFailure? {
        let digest = input.blob.digest
        if read(digest, worker) { return nil }
        let neighbours = workers.indices.filter {
            $0 != worker && workers[$0].host == workers[worker].host
        }
        if neighbours.contains(where: { read(digest, $0) }) { return nil }
        let isFull = workers[worker].fullUntil > time
        let full = TaskFailure(.environment, "The disk of \(workers[worker].id) is full.")
        for holder in input.holders {
            guard
                let peer = workers.indices.first(where: {
                    workers[$0].id == holder.worker && workers[$0].isAlive
                }), peer != worker, isReachable(peer), isReachable(worker),
                workers[peer].disk[digest] != nil
            else { continue }
            if isFull { return full }
            guard read(digest, peer) else { continue }
            workers[worker].store(digest, bytes: 100, isSynced: false, at: time)
            return nil
        }
        if input.isDurable, coordinator != nil, isReachable(worker), let copy = durable[digest] {
            if isFull { return full }
            guard copy.isDamaged else {
                workers[worker].store(digest, bytes: 100, isSynced: false, at: time)
                return nil
            }
            tellStory("coordinator finds \(digest.short) damaged")
            durable[digest] = nil
            react(to: .coordinatorLost([digest]))
            planFlush()
        }
        checker.excused.insert(digest)
        return TaskFailure(.lostInput, "\(digest.short) is gone.", missing: [digest])
    }

    /// Whether a worker's copy can be read; it tells when it finds it damaged.
    private func read(_ digest: Digest, _ worker: Int) -> Bool {
        guard let isSound = workers[worker].read(digest, at: time) else { return false }
        if isSound { return true }
        tellStory("\(workers[worker].id) finds \(digest.short) damaged")
        checker.excused.insert(digest)
        add(
            .tell(worker: worker, life: workers[worker].life, .damaged([digest])), after: 1)
        return false
    }

    /// The child starts.
    func compute(_ grant: WorkGrant, _ worker: Int, _ life: Int) {
        guard workers[worker].works[grant.token] != nil else {
            return checker.fail("\(grant.token) runs without having been prepared")
        }
        tellStory("run \(grant.token)")
        workers[worker].works[grant.token]?.isRunning = true
        workers[worker].serial += 1
        let serial = workers[worker].serial
        workers[worker].works[grant.token] = .init(
            serial: serial, slot: workers[worker].works[grant.token]?.slot ?? 0, isRunning: true)
        add(
            .compute(worker: worker, life: life, grant, serial: serial),
            after: duration(of: grant, worker))
    }

    private func duration(of grant: WorkGrant, _ worker: Int) -> Int64 {
        if behaviour(of: grant.token) == .hanging, grant.token.attempt == 1 {
            return 1_000_000_000
        }
        // Log-normal, about: a median of a second and a half, and a long tail.
        let spread = (0..<4).reduce(0.0) { sum, _ in
            sum + Double.random(in: -1...1, using: &random)
        }
        var milliseconds = 2_500.0
        let factor = 2.0
        for _ in 0..<Int(spread.magnitude.rounded()) {
            milliseconds = spread > 0 ? milliseconds * factor : milliseconds / factor
        }
        milliseconds *= Double.random(in: 0.7...1.4, using: &random)
        // As long as the machine is slow, a hundred milliseconds give one.
        let slow = Double(max(0, workers[worker].slowUntil - time))
        return Int64(min(milliseconds * 100, milliseconds + slow - slow / 100))
    }

    private func behaviour(of token: LeaseToken) -> Behaviour {
        workloads.first { $0.job == token.task.job }?.behaviour(of: token.task.name) ?? .sound
    }

    /// The child is through.
    func endComputation(_ grant: WorkGrant, _ worker: Int, _ life: Int, _ serial: Int) {
        guard workers[worker].life == life, workers[worker].works[grant.token]?.serial == serial
        else { return }
        workers[worker].works[grant.token] = nil
        let host = workers[worker].host
        if behaviour(of: grant.token) == .poison {
            checker.poison(grant.token, host)
            tellStory("\(grant.token) takes \(workers[worker].id) down")
            checker.excused.formUnion(workers[worker].disk.keys)
            return end(worker, isNoticed: true, restartAfter: Int64(random.pick(500...8_000)))
        }
        let outcome = outcome(of: grant, worker)
        if case .failure(let failure) = outcome {
            checker.count(failure.failureClass, of: grant.token, on: host)
        }
        tell(worker, life, .finished(grant.token, outcome))
    }

    private func outcome(of grant: WorkGrant, _ worker: Int) -> RunOutcome {
        let behaviour = behaviour(of: grant.token)
        if behaviour == .bad { return .failure(TaskFailure(.deterministic, "singular")) }
        if behaviour == .hungry, workers[worker].memoryPerSlot < 150 {
            return .failure(TaskFailure(.outOfMemory, "killed for memory"))
        }
        if workers[worker].sickUntil > time || (!isHealed && random.chance(plan.crashes)) {
            return .failure(TaskFailure(.crashed, "segmentation fault"))
        }
        if workers[worker].fullUntil > time {
            return .failure(TaskFailure(.environment, "no room for the output"))
        }
        let salt = !isHealed && random.chance(plan.wrongDigests) ? 1 : 0
        let description = TaskDescription(
            name: grant.token.task.name, kind: grant.kind, version: grant.version,
            parameters: grant.parameters,
            inputs: grant.inputs.map { TaskInput($0.name, .blob($0.blob)) },
            outputs: grant.outputs, stage: "", priority: 0,
            cost: TaskCost(flops: 0, memoryBytesMax: 0, outputBytes: 0))
        let key = description.key(resolved: grant.inputs.map(\.blob))
        let result = Workload.result(of: grant.outputs, key: key, salt: salt)
        for (declaration, output) in zip(grant.outputs, result.outputs) {
            workers[worker].made.insert(output.blob.digest)
            workers[worker].store(
                output.blob.digest, bytes: output.blob.byteCount,
                isSynced: declaration.retention == .durable, at: time)
        }
        return .result(result, TaskMeasurements(seconds: 1, peakBytes: 1, core: "Simulated"))
    }

    /// Stops what a lease does; the shell tells so a moment later.
    func kill(_ token: LeaseToken, _ worker: Int, _ life: Int) {
        guard let work = workers[worker].works.removeValue(forKey: token) else { return }
        workers[worker].dying[token] = work.slot
        let failure = TaskFailure(.cancelled, "The task was stopped.")
        let event: WorkerEvent =
            work.isRunning ? .finished(token, .failure(failure)) : .prepared(token, failure)
        let delay = random.pick(1...(random.chance(0.8) ? 50 : 3_000))
        add(.tell(worker: worker, life: life, event), after: Int64(delay))
    }
}
