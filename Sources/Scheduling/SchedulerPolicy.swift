import Domain

/// What a ``Scheduler`` may do beyond running every task once, and how patient it is.
///
/// The first three are settings; the rest are constants that only tests have a reason to change.
public struct SchedulerPolicy: Sendable, Hashable {
    /// Which part of the computed tasks runs a second time on another worker, 0...1.
    public var verifyFraction: Double
    /// Whether stragglers near the end of a stage run a second time elsewhere.
    public var speculates: Bool
    /// What the sample for verification and the jitter of pauses follow from.
    public var seed: UInt64

    /// Different hosts that a task may bring down before it is quarantined.
    public var quarantineHosts = Limits.poisonedHostsMax
    /// Tasks that a worker or host may fail that others can do before it is drained.
    public var sickTasks = 3
    /// Successes in a row after which a worker's earlier failures are forgotten, so that a few
    /// in a month do not add up.
    public var forgivenAfterSuccesses = 50
    /// The part of a stage that must be done before its stragglers run a second time.
    public var speculationDoneFraction = 0.9
    /// How many times the third quartile of its kind's durations a straggler takes at least.
    public var speculationFactor = 2.0
    /// How long a straggler takes at least, in milliseconds.
    public var speculationFloorMilliseconds: Int64 = 60_000
    /// Second attempts of stragglers for each task of a stage; one is always allowed.
    public var speculationExtraFraction = 0.05
    /// How long a task that failed waits for a worker of another host, and then as long again
    /// for another worker, before it goes where it failed, in milliseconds.
    public var patienceMilliseconds: Int64 = 10_000
    /// How long a task that ran out of memory waits for a larger worker, in milliseconds.
    public var memoryPatienceMilliseconds: Int64 = 60_000
    /// How long a job that is otherwise done waits for a worker that could verify, in
    /// milliseconds; it waits 60 times as long for one that could but does not ask.
    public var verifyPatienceMilliseconds: Int64 = 10_000
    /// The longest first pause after a failure of a worker's surroundings, in milliseconds; it
    /// doubles with each.
    public var backOffBaseMilliseconds: Int64 = 1_000
    /// The longest pause, in milliseconds.
    public var backOffMaxMilliseconds: Int64 = 60_000
    /// How long a task may run at its first try, in milliseconds; 0 leaves it to the worker.
    public var timeLimitMilliseconds: Int64 = 0

    /// A policy with the usual patience. By default it speculates and verifies nothing.
    public init(verifyFraction: Double = 0, speculates: Bool = true, seed: UInt64 = 0) {
        self.verifyFraction = verifyFraction
        self.speculates = speculates
        self.seed = seed
    }

    /// Whether the result of `key` is to be computed a second time.
    func verifies(_ key: Digest) -> Bool {
        guard verifyFraction > 0 else { return false }
        return SeededHash.fraction(seed, key.bytes) < verifyFraction
    }

    /// The pause before the next try of `task` after so many failures: anything up to a bound
    /// that doubles (full jitter), so that tasks that failed together do not come back together.
    func pauseMilliseconds(of task: TaskID, afterFailures failures: Int) -> Int64 {
        let doublings = min(max(failures - 1, 0), 20)
        let bound = min(backOffMaxMilliseconds, backOffBaseMilliseconds << doublings)
        let draw = SeededHash.fraction(seed &+ UInt64(failures), Array("\(task)".utf8))
        return Int64(Double(max(bound, 0)) * draw)
    }
}

/// Numbers that look random and follow from a seed and a text alone: the standard library's
/// hashes differ from process to process.
enum SeededHash {
    /// A number in 0..<1.
    static func fraction(_ seed: UInt64, _ bytes: [UInt8]) -> Double {
        Double(bits(seed, bytes) >> 11) / 9_007_199_254_740_992
    }

    /// A number of 64 bits.
    static func bits(_ seed: UInt64, _ bytes: [UInt8]) -> UInt64 {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325 ^ mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return mixed(state)
    }

    /// The finishing step of SplitMix64.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
