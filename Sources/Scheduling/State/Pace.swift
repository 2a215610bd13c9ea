/// How much longer tasks take on a worker than on all: a mean that forgets, 1 at first.
struct Pace: Sendable {
    private static let weight = 0.125
    /// A task that hung says little of the machine.
    private static let ratioMax = 8.0
    private var mean = 1.0

    /// Takes note of a finished task: its seconds over the expected ones.
    mutating func add(_ ratio: Double) {
        mean += Self.weight * (min(ratio, Self.ratioMax) - mean)
    }

    /// The pace in steps of half, so that noise orders nobody: 2 is usual, less is quicker.
    var step: Int { Int((2 * mean).rounded()) }
}
