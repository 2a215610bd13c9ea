import Domain

/// How calibration windows are cut into shards: by plan constants only.
struct CalibrationShards: Sendable {
    /// Shards that calibrate, then those that only measure.
    let all: [SequenceRange]
    /// How many calibrate.
    let calibrating: Int
    /// How many times the first token of a window counts in what calibrates; nil is once.
    private let firstTokenWeight: Double?

    init(windows: Int, heldOut: Int, length: Int, firstTokenWeight: Double? = nil) {
        self.firstTokenWeight = firstTokenWeight
        let size = PlanConstants.windows(
            per: PlanConstants.calibrationShardTokens, length: length)
        var shards: [SequenceRange] = []
        func cut(_ range: Range<Int>) {
            for first in stride(from: range.lowerBound, to: range.upperBound, by: size) {
                let count = min(size, range.upperBound - first)
                shards.append(SequenceRange(first: first, count: count, length: length))
            }
        }
        cut(0..<windows)
        calibrating = shards.count
        cut(windows..<windows + heldOut)
        all = shards
    }

    /// The weight of the first tokens of a shard; what only measures counts all alike.
    func firstTokenWeight(ofShard index: Int) -> Double? {
        calibrationIndexes.contains(index) ? firstTokenWeight : nil
    }

    var calibrationIndexes: Range<Int> { 0..<calibrating }
    var heldOutIndexes: Range<Int> { calibrating..<all.count }
}
