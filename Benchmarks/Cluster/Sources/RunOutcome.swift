import Domain

/// What a simulated run took, and where its time went.
struct RunOutcome: Sendable, Codable {
    /// What one machine did.
    struct MachineUse: Sendable, Codable {
        /// Part of its slots' time in which they computed, 0...1.
        let utilisation: Double
        /// Seconds of its slots.
        let time: SlotTime
        /// Bytes that its NIC received and sent.
        let received: Int
        let sent: Int
    }

    /// Seconds of the chain of events that the makespan consists of, in one stage.
    struct ChainPart: Sendable, Codable {
        /// Ready, but no slot asked that could have it.
        var waiting = 0.0
        var fetching = 0.0
        var computing = 0.0
        var publishing = 0.0

        var seconds: Double { waiting + fetching + computing + publishing }
    }

    /// Seconds from start to end.
    let makespan: Double
    let machines: [MachineUse]
    /// Bytes through the coordinator's NIC.
    let coordinatorSent: Int
    let coordinatorReceived: Int
    /// Bytes that were fetched, by the inputs' names.
    let fetched: [String: Int]
    /// Tasks that were done.
    let tasks: Int
    /// Attempts that were not the first to give their task's result, by how they ended.
    let otherEnds: [String: Int]
    /// The last task to finish, what it waited for, and so on to the start; by stage.
    let chain: [String: ChainPart]
    /// Slot-seconds by stage.
    let stages: [String: SlotTime]

    /// Bytes moved in all.
    var moved: Int { coordinatorSent + machines.reduce(0) { $0 + $1.sent } }

    /// Mean utilisation.
    var utilisation: Double {
        machines.reduce(0) { $0 + $1.utilisation } / Double(max(1, machines.count))
    }

    init(_ run: ClusterRun) {
        let end = max(run.now, .leastNormalMagnitude)
        makespan = run.now
        machines = run.machines.indices.map { index in
            let time = run.machines[index].time
            return MachineUse(
                utilisation: time.computing / end / Double(run.cluster.slots), time: time,
                received: run.network.received[index], sent: run.network.sent[index])
        }
        coordinatorSent = run.network.sent[run.coordinator]
        coordinatorReceived = run.network.received[run.coordinator]
        fetched = run.fetched
        tasks = run.doneAt.count
        otherEnds = run.otherEnds
        chain = Self.chain(of: run)
        var stages: [String: SlotTime] = [:]
        for record in run.records { stages[record.stage, default: SlotTime()].add(record) }
        self.stages = stages
    }

    /// Goes back from the last record: from a task to the one whose result or whose slot it
    /// waited for.
    private static func chain(of run: ClusterRun) -> [String: ChainPart] {
        struct Place: Hashable { let machine: Int, slot: Int }
        var byTask: [TaskName: LeaseRecord] = [:]
        var bySlot: [Place: [LeaseRecord]] = [:]
        for record in run.records {
            byTask[record.task] = record
            bySlot[Place(machine: record.machine, slot: record.slot), default: []].append(record)
        }
        let producers = Dictionary(
            run.plan.tasks.map { ($0.name, $0.inputs) }, uniquingKeysWith: { first, _ in first })
        var parts: [String: ChainPart] = [:]
        var next = run.records.last
        var steps = 0
        while let record = next, steps <= run.records.count {
            steps += 1
            var part = parts[record.stage] ?? ChainPart()
            part.fetching += record.startedAt - record.grantedAt
            part.computing += record.finishedAt - record.startedAt
            part.publishing += record.committedAt - record.finishedAt
            let place = Place(machine: record.machine, slot: record.slot)
            let before = bySlot[place]?.last { $0.committedAt <= record.grantedAt }
            if let before, before.committedAt > record.readyAt {
                part.waiting += record.grantedAt - before.committedAt
                next = before
            } else {
                part.waiting += record.grantedAt - record.readyAt
                let above = (producers[record.task] ?? []).compactMap { input in
                    if case .output(let name, _) = input.source { byTask[name] } else { nil }
                }
                next = above.max { $0.committedAt < $1.committedAt }
            }
            parts[record.stage] = part
        }
        return parts
    }
}
