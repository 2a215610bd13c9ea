import Domain
import Scheduling

/// Where blobs come from and how they move.
extension ClusterRun {
    func isAtHand(_ input: ResolvedInput, _ machine: Int) -> Bool {
        if machines[machine].held.contains(input.blob.digest) { return true }
        guard cluster.isLocal else { return false }
        return input.durable
            || machines.contains { $0.isAlive && $0.held.contains(input.blob.digest) }
    }

    /// The NIC of the first holder that really has it; the coordinator comes last.
    func source(of input: ResolvedInput, for target: Int) -> Int? {
        if cluster.swarms { return leastBusySource(of: input.blob.digest, for: target) }
        for holder in input.holders {
            guard let machine = machineNumbers[holder], machines[machine].isAlive,
                machines[machine].held.contains(input.blob.digest)
            else { continue }
            return machine
        }
        return input.durable ? coordinator : nil
    }

    func send(
        _ blob: BlobReference, from source: Int, to target: Int, _ transfer: Transfer
    ) {
        let begun = network.start(
            from: source, to: target, bytes: blob.byteCount, at: now)
        transfers[begun.flow] = transfer
        plan(begun.changed)
    }

    private func plan(_ changed: [Network.Forecast]) {
        for forecast in changed {
            queue.add(
                .flow(forecast.flow, version: forecast.version),
                at: forecast.time + Self.fetchSeconds)
        }
    }

    /// A transfer is complete, unless its forecast is void.
    func arrive(_ flow: Int, _ version: Int) {
        guard let running = network.flows[flow], running.version == version else { return }
        if isStillComing(flow, to: running.source) {
            queue.add(.flow(flow, version: version), at: now + Self.fetchSeconds)
            return
        }
        guard let transfer = transfers.removeValue(forKey: flow),
            let ended = network.end(flow, at: now)
        else { return }
        plan(ended.changed)
        switch transfer {
        case .input(let digest, let machine): receive(digest, on: machine)
        case .ahead(let digest, let machine):
            machines[machine].isFetchingAhead = false
            receive(digest, on: machine)
            fetchAhead(on: machine)
        case .output(let lease): publish(lease)
        }
    }

    /// A machine dies: what it ran and held is gone, and transfers from it break.
    func kill(_ machine: Int) {
        machines[machine].isAlive = false
        for slot in machines[machine].leases.indices {
            guard let lease = machines[machine].leases[slot] else { continue }
            if let token = leases.removeValue(forKey: lease)?.token { leaseNumbers[token] = nil }
            machines[machine].leases[slot] = nil
        }
        machines[machine].held = []
        machines[machine].coming = [:]
        machines[machine].ahead = []
        react(to: .workerDisconnected(machines[machine].id))
        for flow in network.flows(of: machine) {
            guard let ended = network.end(flow, at: now) else { continue }
            plan(ended.changed)
            switch transfers.removeValue(forKey: flow) {
            case .input(let digest, let target)? where target != machine:
                forget(digest, on: target)
            case .ahead(let digest, let target)? where target != machine:
                machines[target].isFetchingAhead = false
                forget(digest, on: target)
                fetchAhead(on: target)
            default: break
            }
        }
    }

    private func receive(_ digest: Digest, on machine: Int) {
        machines[machine].held.insert(digest)
        for lease in machines[machine].coming.removeValue(forKey: digest) ?? [] {
            prepare(lease)
        }
    }

    /// A transfer broke: whoever waits for the blob looks for another source.
    private func forget(_ digest: Digest, on machine: Int) {
        for lease in machines[machine].coming.removeValue(forKey: digest) ?? [] {
            prepare(lease)
        }
    }

    // MARK: What real workers do not do

    /// The holder with the fewest transfers, the coordinator among them; only with swarming.
    private func leastBusySource(of digest: Digest, for target: Int) -> Int? {
        var best: (load: Int, node: Int)?
        for machine in machines.indices where machine != target && machines[machine].isAlive {
            guard
                machines[machine].held.contains(digest)
                    || machines[machine].coming[digest] != nil
            else { continue }
            let load = network.load(ofEgress: machine)
            if best.map({ load < $0.load }) ?? true { best = (load, machine) }
        }
        guard durable.contains(digest) else { return best?.node }
        let load = network.load(ofEgress: coordinator)
        return best.map { $0.load < load ? $0.node : coordinator } ?? coordinator
    }

    /// Whether a transfer's own source does not have all of the blob yet; only with swarming.
    private func isStillComing(_ flow: Int, to source: Int) -> Bool {
        guard cluster.swarms, source != coordinator else { return false }
        switch transfers[flow] {
        case .input(let digest, _)?, .ahead(let digest, _)?:
            return machines[source].coming[digest] != nil
        default: return false
        }
    }

    /// Fetches what the next task will probably read: one blob after another.
    func fetchAhead(on machine: Int) {
        guard cluster.prefetches, machines[machine].isAlive,
            !machines[machine].isFetchingAhead
        else { return }
        while !machines[machine].ahead.isEmpty {
            let blob = machines[machine].ahead.removeFirst()
            guard !machines[machine].held.contains(blob.digest),
                machines[machine].coming[blob.digest] == nil,
                let source = leastBusySource(of: blob.digest, for: machine)
            else { continue }
            machines[machine].isFetchingAhead = true
            machines[machine].coming[blob.digest] = []
            fetched["ahead", default: 0] += blob.byteCount
            send(blob, from: source, to: machine, .ahead(blob.digest, machine: machine))
            return
        }
    }
}

/// Numbers that look random and follow from a seed and a text.
enum Draw {
    /// A number in 0..<1.
    static func fraction(_ seed: UInt64, _ text: String) -> Double {
        var state = seed &+ 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        state = (state ^ (state >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((state ^ (state >> 31)) >> 11) / 9_007_199_254_740_992
    }
}
