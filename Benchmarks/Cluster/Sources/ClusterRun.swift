import Domain
import Planning
import Scheduling

/// Plays a whole job on imagined machines: the real scheduler and the real driver decide, time
/// passes by the stated costs. Equal arguments give equal runs.
///
/// A slot does what a real worker's does: it asks, fetches its missing inputs one after another
/// (from the first holder that the grant names, the coordinator last), computes, sends durable
/// outputs to the coordinator one after another, commits, and asks again. Machines forget
/// nothing but what the scheduler releases.
final class ClusterRun {
    /// What will happen.
    enum Action {
        case ask(machine: Int, slot: Int)
        case flow(Int, version: Int)
        case computed(lease: Int)
        case beats
        case tick
        case failure(machine: Int)
    }

    /// What a transfer is for.
    enum Transfer {
        case input(Digest, machine: Int)
        case ahead(Digest, machine: Int)
        case output(lease: Int)
    }

    /// Seconds between beats, and between ticks: rarer than in reality, where nothing hangs on it.
    static let beatSeconds = 5.0
    /// What a fetch takes beside the bytes' way: a request and its answer, in seconds.
    static let fetchSeconds = 0.001
    /// A run in which nothing happens for so long is stuck, in seconds.
    static let patienceSeconds = 3_600.0

    let plan: Plan
    let cluster: Cluster
    let rates: Rates
    let job = JobID("simulated")
    var driver: any JobDriver
    var scheduler: Scheduler
    var queue = EventQueue<Action>()
    var network: Network
    var transfers: [Int: Transfer] = [:]
    var machines: [Machine]
    var leases: [Int: LeaseRun] = [:]
    var leaseNumbers: [LeaseToken: Int] = [:]
    var leaseCount = 0
    let machineNumbers: [WorkerID: Int]
    /// Blobs in the coordinator's store.
    var durable: Set<Digest>
    var requests: [UInt64: (machine: Int, slot: Int)] = [:]
    var lastRequest: UInt64 = 0
    var now = 0.0
    var lastProgress = 0.0
    /// When each task was done.
    var doneAt: [TaskName: Double] = [:]
    var records: [LeaseRecord] = []
    var outcome: (phase: JobPhase, reason: String?)?
    /// Bytes fetched by what they are: the input's name without its number.
    var fetched: [String: Int] = [:]
    /// Attempts that were not the first to give their task's result, by how they ended.
    var otherEnds: [String: Int] = [:]

    private var effects: [Effect] = []
    private var performed = 0
    private var isPerforming = false

    init(_ plan: Plan, _ cluster: Cluster, _ rates: Rates) throws {
        self.plan = plan
        self.cluster = cluster
        self.rates = rates
        driver = try plan.specification.makeDriver()
        var policy = SchedulerPolicy()
        policy.seed = cluster.seed
        scheduler = Scheduler(
            startedAt: Moment(milliseconds: 0), coordinatorHost: "coordinator", policy: policy)
        network = Network(nodes: cluster.machines + 1, capacity: cluster.bytesPerSecond)
        machines = (0..<cluster.machines).map {
            Machine(index: $0, speed: cluster.speed(of: $0), slots: cluster.slots)
        }
        durable = Set(plan.specification.blobs.map(\.digest))
        machineNumbers = Dictionary(
            uniqueKeysWithValues: machines.enumerated().map { ($1.id, $0) })
    }

    /// The coordinator's NIC.
    var coordinator: Int { cluster.machines }

    /// Plays the run to its end.
    func play() throws -> RunOutcome {
        try begin()
        while outcome == nil, let (time, action) = queue.next() {
            now = time
            try perform(action)
            guard leases.isEmpty, now - lastProgress > Self.patienceSeconds else { continue }
            throw SimulatorError.run("Nothing happens any more after \(lastProgress) s.")
        }
        guard let outcome else { throw SimulatorError.run("The run came to no end.") }
        guard outcome.phase == .finished else {
            throw SimulatorError.run("The job failed: \(outcome.reason ?? "no reason").")
        }
        return RunOutcome(self)
    }

    private func begin() throws {
        react(to: .coordinatorHolds(plan.specification.blobs.map(\.digest)))
        react(to: .jobAdded(job, title: "simulated"))
        try askDriver([:])
        for index in machines.indices {
            let slots = machines[index].leases.count
            let memory = cluster.memoryGiB * Double(1 << 30) / Double(cluster.slots)
            let host = cluster.isLocal ? "coordinator" : machines[index].id.description
            let description = WorkerDescription(
                id: machines[index].id, incarnation: 1, slots: slots,
                memoryBytes: Int(memory) * slots, host: host, address: "")
            react(to: .workerJoined(description, held: [], leases: []))
            for slot in 0..<slots { queue.add(.ask(machine: index, slot: slot), at: 0) }
        }
        for failure in cluster.failures where machines.indices.contains(failure.machine) {
            queue.add(.failure(machine: failure.machine), at: failure.seconds)
        }
        queue.add(.beats, at: Self.beatSeconds)
        queue.add(.tick, at: Self.beatSeconds / 2)
    }

    private func askDriver(_ news: [TaskName: TaskResult]) throws {
        let tasks = try driver.advance(news)
        react(to: .tasksAdded(job, tasks, roots: driver.roots, complete: driver.isComplete))
    }

    private func perform(_ action: Action) throws {
        switch action {
        case .ask(let machine, let slot): ask(machine, slot)
        case .flow(let flow, let version): arrive(flow, version)
        case .computed(let lease): computed(lease)
        case .beats:
            for machine in machines.indices where machines[machine].isAlive { beat(machine) }
            queue.add(.beats, at: now + Self.beatSeconds)
        case .tick:
            react(to: .tick)
            queue.add(.tick, at: now + Self.beatSeconds)
        case .failure(let machine): kill(machine)
        }
    }

    // MARK: The coordinator

    /// Lets the scheduler decide, and performs what it decided in the order of the decisions.
    @discardableResult
    func react(to event: Event) -> Answer {
        let moment = Moment(milliseconds: Int64(now * 1_000))
        let reaction = scheduler.handle(event, at: moment)
        effects += reaction.effects
        guard !isPerforming else { return reaction.answer }
        isPerforming = true
        while performed < effects.count {
            performed += 1
            perform(effects[performed - 1])
        }
        effects.removeAll(keepingCapacity: true)
        performed = 0
        isPerforming = false
        return reaction.answer
    }

    private func perform(_ effect: Effect) {
        switch effect {
        case .lookUp(let task, _): react(to: .resultNotFound(task))
        case .taskDone(let task, let result):
            doneAt[task.name] = now
            lastProgress = now
            guard !driver.isComplete else { return }
            do { try askDriver([task.name: result]) } catch {
                react(to: .jobFailed(job, reason: "\(error)"))
            }
        case .grant(let request, let token, let task, let inputs, let ahead):
            guard let place = requests.removeValue(forKey: request) else { return }
            take(token, task, inputs, ahead.map(\.blob), place.machine, place.slot)
        case .decline(let request):
            guard let place = requests.removeValue(forKey: request) else { return }
            queue.add(.ask(machine: place.machine, slot: place.slot), at: now)
        case .recordJob(_, let phase, let reason): outcome = (phase, reason)
        case .recordAttemptEnd(_, let outcome, _):
            if outcome != .done { otherEnds[outcome.rawValue, default: 0] += 1 }
        default: break
        }
    }

    /// Tells the coordinator what the machine works on, and does what it is told.
    func beat(_ machine: Int) {
        let dropped = machines[machine].dropped
        machines[machine].dropped = []
        let running = machines[machine].leases.compactMap { $0.flatMap { leases[$0]?.token } }
        let answer = react(
            to: .beat(
                machines[machine].id, incarnation: 1, running: running, dropped: dropped))
        guard case .beat(let reply) = answer else { return }
        for digest in reply.release where machines[machine].held.remove(digest) != nil {
            machines[machine].dropped.append(digest)
        }
        for token in reply.cancel {
            if let lease = leaseNumbers[token] { leave(lease) }
        }
    }
}
