import Domain
import Scheduling

/// A whole cluster in one thread: every delay, loss and crash follows from the seed.
struct Simulation {
    /// What happens at some time.
    enum Action {
        case submit(Int)
        case tick
        case work(worker: Int)
        case beat(worker: Int)
        case arrive(Event, from: Int, incarnation: UInt64)
        case answer(BeatAnswer, to: Int, incarnation: UInt64, dropped: Set<Digest>)
        case rejoin(worker: Int, incarnation: UInt64)
        case grant(UInt64, LeaseToken, TaskDescription, [ResolvedInput], to: Int)
        case declined(UInt64, to: Int)
        case end(LeaseToken, TaskDescription, TaskResult, worker: Int, incarnation: UInt64)
        case acknowledged(LeaseToken, to: Int, incarnation: UInt64)
        case crash(worker: Int)
        case restart(worker: Int)
        case crashCoordinator
        case restartCoordinator
    }

    static let faultsEnd: Int64 = 120_000
    static let horizon: Int64 = 3_600_000

    var random: SeededGenerator
    var time: Int64 = 0
    var queue = EventQueue<Action>()
    var graphs: [RandomGraph]
    var submitted: Set<Int> = []
    var workers: [SimulatedWorker]
    var scheduler: Scheduler?
    var startedAt: Int64 = 0
    var ledger = FakeLedger()
    var durable: Set<Digest> = []
    var lossRate: Double
    var crashRate: Double
    /// Who waits for the answer to a request: the worker's number.
    var requests: [UInt64: Int] = [:]
    var lastRequest: UInt64 = 0
    /// Blobs of which a copy was ever deleted or out of reach.
    var everLost: Set<Digest> = []
    var isRestarted = false
    var wrong: [String] = []
    var events = 0
    var reruns = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        let shape = random.next()
        graphs = [RandomGraph(job: JobID("job0"), seed: shape, variant: 0)]
        if random.chance(0.6) {
            graphs.append(RandomGraph(job: JobID("job1"), seed: shape, variant: 1))
        }
        let count = random.pick(1...6)
        let hosts = random.pick(1...count)
        workers = []
        for number in 0..<count {
            workers.append(
                SimulatedWorker(
                    number: number,
                    host: "host\(number % hosts)",
                    slots: random.pick(1...3)
                )
            )
        }
        lossRate = [0, 0.02, 0.1].randomElement(using: &random) ?? 0
        crashRate = [0, 0.3, 1].randomElement(using: &random) ?? 0
        for graph in graphs {
            for task in graph.tasks {
                for case .blob(let blob) in task.inputs.map(\.source) {
                    durable.insert(blob.digest)
                }
            }
        }
        scheduler = Scheduler(startedAt: Moment(milliseconds: 0))
        plan()
    }

    private mutating func plan() {
        queue.add(.submit(0), at: 0)
        if graphs.count > 1 { queue.add(.submit(1), at: Int64(random.pick(0...60_000))) }
        queue.add(.tick, at: 500)
        for worker in workers.indices {
            queue.add(.rejoin(worker: worker, incarnation: 1), at: Int64(random.pick(0...8_000)))
            queue.add(.work(worker: worker), at: Int64(random.pick(0...1_000)))
            queue.add(.beat(worker: worker), at: Int64(random.pick(0...5_000)))
            guard random.chance(crashRate) else { continue }
            for _ in 0..<random.pick(1...2) {
                let moment = Int64(random.pick(1_000...Int(Self.faultsEnd)))
                queue.add(.crash(worker: worker), at: moment)
            }
        }
        for _ in 0..<random.pick(0...2) where crashRate > 0 {
            let moment = Int64(random.pick(1_000...Int(Self.faultsEnd)))
            queue.add(.crashCoordinator, at: moment)
        }
    }

    /// Whether every job is over.
    var isOver: Bool { graphs.allSatisfy { ledger.phases[$0.job] != nil } }

    /// Plays until every job is over, or for an hour.
    mutating func run() {
        while !isOver, wrong.isEmpty, let (moment, action) = queue.next() {
            guard moment < Self.horizon else { break }
            time = moment
            if time > Self.faultsEnd { lossRate = 0 }
            perform(action)
        }
        wrong += ledger.wrong
        for graph in graphs {
            let phase = ledger.phases[graph.job]
            if phase != .finished {
                let status = scheduler?.status(of: graph.job)
                wrong.append(
                    "\(graph.job) is \(phase?.rawValue ?? "not over") "
                        + "\(ledger.reasons[graph.job] ?? "") \(String(describing: status))"
                )
            }
        }
    }

    private mutating func perform(_ action: Action) {
        switch action {
        case .submit(let number):
            submitted.insert(number)
            submit(number)
        case .tick:
            tell(.tick)
            queue.add(.tick, at: time + 500)
        case .work(let worker): work(worker)
        case .beat(let worker):
            sendBeat(of: worker)
            queue.add(.beat(worker: worker), at: time + 5_000)
        case .arrive(let event, let worker, let incarnation):
            arrive(event, from: worker, incarnation: incarnation)
        case .answer(let answer, let worker, let incarnation, let dropped):
            take(answer, worker, incarnation, dropped)
        case .rejoin(let worker, let incarnation): sendHello(of: worker, incarnation: incarnation)
        case .grant(let request, let token, let task, let inputs, let worker):
            start(request, token, task, inputs, on: worker)
        case .declined(let request, let worker): freeSlot(of: worker, asking: request)
        case .end(let token, let task, let result, let worker, let incarnation):
            endTask(token, task, result, worker, incarnation)
        case .acknowledged(let token, let worker, let incarnation):
            if workers[worker].incarnation == incarnation { workers[worker].reports[token] = nil }
        case .crash(let worker): crash(worker)
        case .restart(let worker): restart(worker)
        case .crashCoordinator: crashCoordinator()
        case .restartCoordinator: restartCoordinator()
        }
    }
}

/// Things that will happen, by time and then by the order in which they were planned.
struct EventQueue<Action> {
    private var heap: [(time: Int64, number: Int, action: Action)] = []
    private var planned = 0

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].number) < (heap[right].time, heap[right].number)
    }

    mutating func add(_ action: Action, at time: Int64) {
        planned += 1
        heap.append((time, planned, action))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (Int64, Action)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var least = parent
                for child in [2 * parent + 1, 2 * parent + 2]
                where child < heap.count && isBefore(child, least) {
                    least = child
                }
                if least == parent { break }
                heap.swapAt(parent, least)
                parent = least
            }
        }
        return (first.time, first.action)
    }
}
