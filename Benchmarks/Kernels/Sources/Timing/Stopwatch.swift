/// Seconds that `work` takes.
func stopwatch<Failure: Error>(_ work: () throws(Failure) -> Void) throws(Failure) -> Double {
    let start = ContinuousClock.now
    try work()
    return (ContinuousClock.now - start) / .seconds(1)
}

/// Keeps the optimiser from leaving out what made a value that nobody reads.
@inline(never) func keep<Value: ~Copyable>(_ value: borrowing Value) {}

extension Array<Double> {
    /// The middle value, the mean of both middle ones, or 0 of none.
    var median: Double {
        let sorted = sorted()
        guard let last = sorted.last else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1
            ? sorted[middle] : (sorted[middle - 1] + (middle < count ? sorted[middle] : last)) / 2
    }
}
