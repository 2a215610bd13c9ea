/// Which faults a seed plays, and how often: each seed draws a subset of its own (a swarm).
struct FaultPlan {
    // The network: probabilities for each message, and numbers of events until the faults end.
    var loss = 0.0
    var duplication = 0.0
    var slowDelivery = 0.0
    var resets = 0
    var partitions = 0
    var wedges = 0
    // Machines.
    var kills = 0
    var powerCuts = 0
    var freezes = 0
    var slowings = 0
    var lostFolders = 0
    var clones = 0
    var clockDrift = false
    var clockJumps = false
    var sickHosts = 0
    // Disks.
    var fullDisks = 0
    var flips = 0
    var tightCaches = false
    // The coordinator.
    var coordinatorKills = 0
    var coordinatorPowerCuts = 0
    var readOnlyPhases = 0
    var coordinatorFullDisks = 0
    var coordinatorFlips = 0
    // People.
    var drains = 0
    var terminations = 0
    var cancels = 0
    // Tasks.
    var crashes = 0.0
    var poisonTasks = false
    var badTasks = false
    var hungryTasks = false
    var hangs = false
    var wrongDigests = 0.0
    // Policy.
    var speculates = false
    var verifyFraction = 0.0

    /// A plan without any faults.
    static let calm = FaultPlan()

    private init() {}

    /// Draws a plan; one seed in twelve is calm.
    init(drawing random: inout SeededGenerator) {
        guard !random.chance(1.0 / 12) else {
            speculates = random.chance(0.3)
            return
        }
        // Few or many kinds of faults at once.
        let share = [0.12, 0.3, 0.6].randomElement(using: &random) ?? 0.3
        func some(_ range: ClosedRange<Int>, _ random: inout SeededGenerator) -> Int {
            random.chance(share) ? random.pick(range) : 0
        }
        func rate(_ rates: [Double], _ random: inout SeededGenerator) -> Double {
            random.chance(share) ? rates.randomElement(using: &random) ?? 0 : 0
        }
        loss = rate([0.01, 0.05, 0.2], &random)
        duplication = rate([0.02, 0.1, 0.3], &random)
        slowDelivery = rate([0.05, 0.3], &random)
        resets = some(1...12, &random)
        partitions = some(1...4, &random)
        wedges = some(1...2, &random)
        kills = some(1...6, &random)
        powerCuts = some(1...3, &random)
        freezes = some(1...3, &random)
        slowings = some(1...3, &random)
        lostFolders = some(1...2, &random)
        clones = some(1...1, &random)
        clockDrift = random.chance(share)
        clockJumps = random.chance(share)
        sickHosts = some(1...1, &random)
        fullDisks = some(1...2, &random)
        flips = some(1...6, &random)
        tightCaches = random.chance(share)
        coordinatorKills = some(1...3, &random)
        coordinatorPowerCuts = some(1...2, &random)
        readOnlyPhases = some(1...2, &random)
        coordinatorFullDisks = some(1...2, &random)
        coordinatorFlips = some(1...3, &random)
        drains = some(1...2, &random)
        terminations = some(1...2, &random)
        cancels = random.chance(share / 3) ? 1 : 0
        crashes = rate([0.01, 0.05], &random)
        poisonTasks = random.chance(share / 4)
        badTasks = random.chance(share / 4)
        hungryTasks = random.chance(share / 2)
        hangs = random.chance(share / 2)
        wrongDigests = random.chance(share / 4) ? 0.1 : 0
        speculates = random.chance(0.5)
        verifyFraction = rate([0.1, 1], &random)
    }

    /// Whether a worker may go away, or what it holds, other than by a drain.
    var disturbsWorkers: Bool {
        resets + partitions + wedges + kills + powerCuts + freezes + lostFolders + clones > 0
            || loss > 0 || poisonTasks || slowDelivery > 0 || duplication > 0
            || drains + terminations > 0
    }

    /// Whether nothing at all happens but work.
    var isCalm: Bool {
        !disturbsWorkers && slowings + sickHosts + fullDisks + flips == 0 && !tightCaches
            && coordinatorKills + coordinatorPowerCuts + readOnlyPhases == 0
            && coordinatorFullDisks + coordinatorFlips == 0 && cancels == 0 && crashes == 0
            && !badTasks && !hungryTasks && !hangs && wrongDigests == 0 && verifyFraction == 0
    }
}
