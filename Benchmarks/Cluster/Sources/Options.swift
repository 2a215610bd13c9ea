/// What the command line asks for.
struct Options {
    static let usage = """
        Plays a compression on an imagined cluster and compares it with lower bounds.

          scripts/simulate-cluster MODEL | --shape NAME  --recipe FILE  [options]

        MODEL is a checkpoint's folder (a config.json is enough); NAME is one of
        \(ModelShape.names.joined(separator: ", ")). Lists (a,b,c) of --machines and --bandwidth
        give a table of all pairs.

          --machines N[,N…]     machines that compute (1); the coordinator is one more
          --slots K             tasks at once on each (1)
          --gflops G            10⁹ operations a second of a machine of speed 1 (100)
          --speeds a,b,c        speeds of the machines, used in turn (1)
          --bandwidth B[,B…]    Gbit/s of each NIC, each way (10)
          --memory GIB          memory of each machine's tasks together (64)
          --local               all workers on the coordinator's machine; nothing is moved
          --fail K@T[,K@T…]     machine K (from 0) dies T seconds after the start
          --no-prefetch         without fetching what the scheduler says that the machine's
                                next task will read, as workers do while they compute
          --swarm               what it would give if every blob came from the least busy of
                                its holders, also of those to which it is still coming
          --overhead S          seconds of each task beside its computation (0.02)
          --jitter F, --seed S  tasks take up to F (0) longer, drawn from S (0)
          --calibrate REPORT    rates of a real run, from its spokeshave-report.json
          --calibrated-on MODEL the model of that report, if another
          --calibrate-workers N how many workers the report's run had (1)
          --json                everything as JSON

        """

    var model: String?
    var shape: String?
    var recipe: String?
    var machines = [1]
    var bandwidths = [10.0]
    var cluster = Cluster()
    var overhead: Double?
    var calibration: String?
    var calibratedOn: String?
    var calibrationWorkers = 1
    var isJSON = false

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func value(_ option: String) throws -> String {
            guard let value = rest.popFirst() else {
                throw SimulatorError.usage("\(option) wants a value.")
            }
            return value
        }
        while let option = rest.popFirst() {
            switch option {
            case "--shape": shape = try value(option)
            case "--recipe": recipe = try value(option)
            case "--machines":
                machines = try Self.numbers(value(option), option, in: 1...10_000).map { Int($0) }
            case "--bandwidth":
                bandwidths = try Self.numbers(value(option), option, in: 0.001...1e6)
            case "--calibrate": calibration = try value(option)
            case "--calibrated-on": calibratedOn = try value(option)
            case "--local": cluster.isLocal = true
            case "--no-prefetch": cluster.prefetches = false
            case "--swarm": cluster.swarms = true
            case "--json": isJSON = true
            case "--fail": cluster.failures = try Self.failures(value(option))
            case "--speeds":
                cluster.speeds = try Self.numbers(value(option), option, in: 0.001...1_000)
            case _ where option.hasPrefix("--"): try take(option, try value(option))
            default:
                guard model == nil else { throw SimulatorError.usage("What is “\(option)”?") }
                model = option
            }
        }
        guard (model == nil) != (shape == nil), recipe != nil else {
            throw SimulatorError.usage(
                "Give a model's folder or a --shape, and a --recipe.\n\n" + Self.usage)
        }
    }

    private mutating func take(_ option: String, _ text: String) throws {
        func number(_ range: ClosedRange<Double>) throws -> Double {
            let numbers = try Self.numbers(text, option, in: range)
            guard numbers.count == 1 else {
                throw SimulatorError.usage("\(option) wants one number.")
            }
            return numbers[0]
        }
        switch option {
        case "--slots": cluster.slots = Int(try number(1...1_024))
        case "--gflops": cluster.gigaflops = try number(0.001...1e9)
        case "--memory": cluster.memoryGiB = try number(0.001...1e6)
        case "--jitter": cluster.jitter = try number(0...100)
        case "--seed": cluster.seed = UInt64(try number(0...9e15))
        case "--overhead": overhead = try number(0...1e6)
        case "--calibrate-workers": calibrationWorkers = Int(try number(1...10_000))
        default: throw SimulatorError.usage("There is no option \(option).\n\n" + Self.usage)
        }
    }

    private static func numbers(
        _ text: String, _ option: String, in range: ClosedRange<Double>
    ) throws -> [Double] {
        try text.split(separator: ",").map { part in
            guard let number = Double(part), range.contains(number) else {
                throw SimulatorError.usage(
                    "\(option) wants numbers from \(range.lowerBound) to \(range.upperBound).")
            }
            return number
        }
    }

    private static func failures(_ text: String) throws -> [Cluster.Failure] {
        try text.split(separator: ",").map { part in
            let halves = part.split(separator: "@")
            guard halves.count == 2, let machine = Int(halves[0]), machine >= 0,
                let seconds = Double(halves[1]), seconds >= 0
            else { throw SimulatorError.usage("--fail wants K@T, e.g. 3@120.") }
            return Cluster.Failure(machine: machine, seconds: seconds)
        }
    }
}
