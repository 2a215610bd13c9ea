/// What tasks of one kind have taken so far, as a line over the operations that they stated:
/// seconds = overhead + operations × seconds for each.
///
/// The line is the least-squares one with neither part below zero; how far tasks lie from it is
/// kept as well, so that "suspiciously long" is told for tasks of every size.
struct LearnedCost: Sendable {
    private var count = 0.0
    private var sumOfFlops = 0.0
    private var sumOfSeconds = 0.0
    private var sumOfSquares = 0.0
    private var sumOfProducts = 0.0
    /// Measured over expected seconds of the latest tasks.
    private var ratios = DurationSample()

    /// Takes note of a finished task.
    ///
    /// - Parameters:
    ///   - flops: what the task stated; not below 0.
    ///   - seconds: what it took; finite, not below 0.
    mutating func add(flops: Double, seconds: Double) {
        count += 1
        sumOfFlops += flops
        sumOfSeconds += seconds
        sumOfSquares += flops * flops
        sumOfProducts += flops * seconds
        guard let expected = self.seconds(flops: flops), expected > 0 else { return }
        ratios.add(seconds / expected)
    }

    /// The expected seconds of a task; nil before the first one has finished.
    func seconds(flops: Double) -> Double? {
        guard count > 0 else { return nil }
        let line = self.line
        return line.overhead + flops * line.perFlop
    }

    /// The expected seconds of several tasks together.
    func seconds(tasks: Int, flops: Double) -> Double? {
        guard count > 0 else { return nil }
        let line = self.line
        return Double(tasks) * line.overhead + flops * line.perFlop
    }

    /// The least seconds that three quarters of the tasks would not have exceeded, had they been
    /// of this size; nil before the first one has finished.
    func thirdQuartile(flops: Double) -> Double? {
        guard let expected = seconds(flops: flops), let ratio = ratios.thirdQuartile else {
            return nil
        }
        return expected * ratio
    }

    private var line: (overhead: Double, perFlop: Double) {
        let mean = sumOfSeconds / count
        let meanFlops = sumOfFlops / count
        let variance = sumOfSquares / count - meanFlops * meanFlops
        // Tasks of one size say nothing of a slope: all is taken to be operations.
        guard meanFlops > 0 else { return (mean, 0) }
        guard variance > 1e-6 * meanFlops * meanFlops else { return (0, mean / meanFlops) }
        let slope = (sumOfProducts / count - meanFlops * mean) / variance
        if slope <= 0 { return (mean, 0) }
        let overhead = mean - slope * meanFlops
        return overhead >= 0 ? (overhead, slope) : (0, sumOfProducts / sumOfSquares)
    }
}

/// Tasks of one kind that have no result yet.
struct WorkLeft: Sendable {
    var tasks = 0
    var flops = 0.0
}
