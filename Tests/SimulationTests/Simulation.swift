import Domain
import Scheduling
import WorkerCore

/// A whole cluster in one thread: every delay, loss and crash follows from the seed.
///
/// The scheduler, the answer register, the workers' cores and caches are the real ones; the
/// clock, the network, the disks, the machines and the engine around the scheduler are played.
final class Simulation {
    /// What happens at some time.
    enum Action {
        case submit(Int)
        /// A request arrives at the coordinator.
        case request(Call)
        /// An answer arrives at its worker.
        case reply(Int, WorkerReply)
        case timeout(Int)
        /// An event for a worker's core.
        case tell(worker: Int, life: Int, WorkerEvent)
        case wake(worker: Int, life: Int)
        case prepare(worker: Int, life: Int, WorkGrant, serial: Int)
        case compute(worker: Int, life: Int, WorkGrant, serial: Int)
        case upload(worker: Int, life: Int, Digest, LeaseToken?)
        case upkeep(worker: Int, life: Int)
        case restart(worker: Int)
        case tick(life: Int)
        case flush(life: Int)
        case checkpoint
        case pipeBroke(WorkerID, pipe: Int)
        case restartCoordinator
        case rebuild
        case fault(Fault)
        case heal
    }

    static let faultsEnd: Int64 = 90_000
    /// By when every job must be over.
    static let horizon: Int64 = 1_800_000

    let seed: UInt64
    var random: SeededGenerator
    let plan: FaultPlan
    var time: Int64 = 0
    var heap = EventHeap<Action>()
    var workloads: [Workload] = []
    var workers: [SimulatedWorker] = []
    var coordinator: SimulatedCoordinator?
    var coordinatorLife = 0
    var ledger: SimulatedLedger
    /// The coordinator's own blobs, and what it may delete of them.
    var durable: [Digest: SimulatedWorker.Copy] = [:]
    var calls: [Int: Call] = [:]
    var lastCall = 0
    var lastIncarnation: UInt64 = 0
    var isReadOnly = false
    var coordinatorFullUntil: Int64 = 0
    /// Whether the faults are over.
    var isHealed = false

    var checker = Checker()
    var steps = 0
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// The story, if it is wanted: one line for each event.
    var story: [String]?

    init(seed: UInt64, plan given: FaultPlan? = nil, isNormal: Bool = false, tells: Bool = false) {
        self.seed = seed
        random = SeededGenerator(seed: seed &* 0x1234_5678_9ABC_DEF1 &+ 77)
        var planner = SeededGenerator(seed: seed)
        let drawn = FaultPlan(drawing: &planner)
        plan = given ?? drawn
        ledger = SimulatedLedger(isNormal: isNormal)
        if tells { story = [] }
        drawWorkloads()
        drawWorkers()
        startCoordinator(isRestarted: false)
        drawEvents()
        if isNormal { add(.checkpoint, after: 4_000) }
    }

    private func drawWorkloads() {
        let shape = random.next()
        for number in 0..<(random.chance(0.5) ? 2 : 1) {
            workloads.append(
                Workload(job: JobID("job\(number)"), seed: shape, variant: number, plan: plan))
        }
        for number in 0...3 {
            durable[Workload.source(number).digest] = .init(isSynced: true)
        }
    }

    private func drawWorkers() {
        let count = random.pick(1...6)
        let hosts = random.pick(max(1, count - 2)...count)
        let isTight = plan.tightCaches
        for number in 0..<count {
            workers.append(
                SimulatedWorker(
                    number: number, host: "host\(number % hosts)", slots: random.pick(1...3),
                    // The first one is large enough for every task; others need not be.
                    memoryPerSlot: [200, 100, number == 0 ? 100 : 60]
                        .randomElement(using: &random) ?? 100,
                    cacheBytes: isTight ? random.pick(400...1_500) : 1 << 40))
            if plan.clockDrift { workers[number].driftMillionths = Int64(random.pick(0...1_000)) }
            add(.restart(worker: number), after: Int64(random.pick(0...6_000)))
        }
    }

    private func drawEvents() {
        add(.submit(0), after: 0)
        if workloads.count > 1 { add(.submit(1), after: Int64(random.pick(0...40_000))) }
        for fault in faultsOfPlan() {
            // Most of them early, when there is much to disturb.
            let moment = min(
                random.pick(500...Int(Self.faultsEnd)), random.pick(500...Int(Self.faultsEnd)))
            add(.fault(fault), after: Int64(moment))
        }
        add(.heal, after: Self.faultsEnd + 1)
        for _ in 0..<2 { add(.rebuild, after: Int64(random.pick(2_000...60_000))) }
    }

    // MARK: Time

    func add(_ action: Action, after delay: Int64) {
        heap.add(action, at: time + max(0, delay), tie: random.next())
    }

    /// Whether every job is over, durably.
    var isOver: Bool { workloads.allSatisfy { ledger.books.phases[$0.job] != nil } }

    /// Plays until every job is over and the faults have ended, or something is wrong.
    func run() {
        var end: Int64?
        while checker.isSound, let (moment, action) = heap.next() {
            time = moment
            if isOver, end == nil { end = plan.isCalm ? time + 12_000 : time }
            if let end, time > end { break }
            if time > Self.horizon { break }
            steps += 1
            mix(UInt64(bitPattern: moment))
            perform(action)
        }
        if checker.isSound { checkEnd() }
        for text in ledger.books.wrong { checker.fail(text) }
        mixLedger()
    }

    private func perform(_ action: Action) {
        switch action {
        case .submit(let number): submit(number)
        case .request(let call): arrive(call)
        case .reply(let number, let reply): deliver(reply, to: number)
        case .timeout(let number): giveUp(number)
        case .tell(let worker, let life, let event): tell(worker, life, event)
        case .wake(let worker, let life): wake(worker, life)
        case .prepare(let worker, let life, let grant, let serial):
            prepare(grant, worker, life, serial)
        case .compute(let worker, let life, let grant, let serial):
            endComputation(grant, worker, life, serial)
        case .upload(let worker, let life, let digest, let token):
            endUpload(digest, token, worker, life)
        case .upkeep(let worker, let life): upkeep(worker, life)
        case .restart(let worker): start(worker)
        case .tick(let life): tickCoordinator(life)
        case .flush(let life): flush(life)
        case .checkpoint:
            ledger.checkpoint()
            add(.checkpoint, after: 4_000)
        case .pipeBroke(let worker, let pipe): noteBrokenPipe(worker, pipe)
        case .restartCoordinator: startCoordinator(isRestarted: true)
        case .rebuild: rebuildAndCompare()
        case .fault(let fault): inject(fault)
        case .heal: heal()
        }
    }

    // MARK: The log

    func tellStory(_ line: @autoclosure () -> String) {
        guard story != nil else { return }
        story?.append("\(Double(time) / 1_000) s  \(line())")
    }

    func mix(_ value: UInt64) {
        hash = (hash ^ value) &* 0x0000_0100_0000_01B3
        hash ^= hash >> 31
    }

    func mix(_ text: String) {
        for byte in text.utf8 { mix(UInt64(byte)) }
    }

    private func mixLedger() {
        for (task, attempts) in ledger.books.attempts.sorted(by: { $0.key < $1.key }) {
            mix(task.description)
            mix(UInt64(attempts))
        }
        for key in ledger.books.results.keys.sorted() { mix(key.short) }
    }
}
