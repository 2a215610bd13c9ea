import Domain
import Scheduling

/// What slots do with a lease.
extension ClusterRun {
    func ask(_ machine: Int, _ slot: Int) {
        guard machines[machine].isAlive, machines[machine].leases[slot] == nil else { return }
        lastRequest += 1
        requests[lastRequest] = (machine, slot)
        react(
            to: .slotFree(
                machines[machine].id, incarnation: 1, slot: slot, requestID: lastRequest))
    }

    func take(
        _ token: LeaseToken, _ task: TaskDescription, _ inputs: [ResolvedInput],
        _ ahead: [BlobReference], _ machine: Int, _ slot: Int
    ) {
        let ready = task.inputs.reduce(0.0) { latest, input in
            guard case .output(let name, _) = input.source else { return latest }
            return max(latest, doneAt[name] ?? 0)
        }
        let record = LeaseRecord(
            task: task.name, stage: task.stage, machine: machine, slot: slot, readyAt: ready,
            grantedAt: now)
        leaseCount += 1
        leases[leaseCount] = LeaseRun(
            token: token, task: task, record: record, wanted: inputs.reversed(), ahead: ahead)
        leaseNumbers[token] = leaseCount
        machines[machine].leases[slot] = leaseCount
        let lease = leaseCount
        // The grant counts as accepted with the first beat that names it.
        beat(machine)
        prepare(lease)
    }

    /// Fetches the next input that is not at hand; computes when all are.
    func prepare(_ lease: Int) {
        while let run = leases[lease], let input = run.wanted.last {
            let machine = run.record.machine
            let digest = input.blob.digest
            if isAtHand(input, machine) {
                leases[lease]?.wanted.removeLast()
                continue
            }
            if machines[machine].coming[digest] != nil {
                machines[machine].coming[digest]?.append(lease)
                return
            }
            guard let source = source(of: input, for: machine) else {
                let text = "no source has \(input.name) of \(run.task.name)"
                leave(lease)
                react(to: .failed(run.token, TaskFailure(.lostInput, text, missing: [digest])))
                return
            }
            let what = String(input.name.prefix { $0 != ":" })
            fetched[what, default: 0] += input.blob.byteCount
            machines[machine].coming[digest] = [lease]
            send(input.blob, from: source, to: machine, .input(digest, machine: machine))
            return
        }
        if leases[lease] != nil { compute(lease) }
    }

    private func compute(_ lease: Int) {
        guard let run = leases[lease] else { return }
        leases[lease]?.record.startedAt = now
        let machine = run.record.machine
        var seconds = rates.seconds(of: run.task) / machines[machine].speed
        if cluster.jitter > 0 {
            seconds *= 1 + cluster.jitter * Draw.fraction(cluster.seed, "\(run.token)")
        }
        queue.add(.computed(lease: lease), at: now + seconds)
        machines[machine].ahead += run.ahead
        fetchAhead(on: machine)
    }

    func computed(_ lease: Int) {
        guard let run = leases[lease] else { return }
        leases[lease]?.record.finishedAt = now
        if !cluster.isLocal {
            let outputs = zip(run.task.outputs, plan.result(of: run.task).outputs)
            leases[lease]?.uploads = outputs.filter { $0.0.retention == .durable }.map(\.1.blob)
                .reversed()
        }
        publish(lease)
    }

    /// Sends the next durable output; commits when all are sent.
    func publish(_ lease: Int) {
        guard var run = leases[lease] else { return }
        if let blob = run.uploads.popLast() {
            leases[lease] = run
            send(blob, from: run.record.machine, to: coordinator, .output(lease: lease))
            return
        }
        let machine = run.record.machine
        run.record.committedAt = now
        let result = plan.result(of: run.task)
        for (declaration, output) in zip(run.task.outputs, result.outputs) {
            machines[machine].held.insert(output.blob.digest)
            if declaration.retention == .durable { durable.insert(output.blob.digest) }
        }
        leave(lease)
        machines[machine].time.add(run.record)
        let seconds = run.record.finishedAt - run.record.startedAt
        let answer = react(
            to: .completed(
                run.token, result,
                TaskMeasurements(seconds: seconds, peakBytes: 0, core: "imagined")))
        if answer == .completion(.accepted) { records.append(run.record) }
    }

    /// Ends a machine's work on a lease; its slot asks again.
    func leave(_ lease: Int) {
        guard let run = leases.removeValue(forKey: lease) else { return }
        leaseNumbers[run.token] = nil
        let (machine, slot) = (run.record.machine, run.record.slot)
        machines[machine].leases[slot] = nil
        queue.add(.ask(machine: machine, slot: slot), at: now)
    }
}
