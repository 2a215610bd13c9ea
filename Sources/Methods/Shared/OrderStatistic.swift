/// The score with the given rank in ascending order, rank 0 being the smallest.
///
/// Scores must not be negative: then their bit patterns are ordered as they are, and three
/// counting passes over the bits find the answer in linear time, without a copy and whatever the
/// order of the input. NaN ranks above infinity.
func orderStatistic(_ scores: Span<Float>, rank: Int) -> Float {
    precondition(scores.indices.contains(rank), "rank beyond the scores")
    var counts = [Int](repeating: 0, count: 2048)
    var remaining = rank
    var prefix: UInt32 = 0
    var decided: UInt32 = 0
    for (shift, width) in [(UInt32(21), UInt32(11)), (10, 11), (0, 10)] {
        let mask = (UInt32(1) << width) &- 1
        for i in counts.indices { counts[i] = 0 }
        for i in scores.indices {
            let bits = scores[i].bitPattern
            if bits & decided == prefix { counts[Int((bits >> shift) & mask)] += 1 }
        }
        var digit = 0
        while remaining >= counts[digit] {
            remaining -= counts[digit]
            digit += 1
        }
        prefix |= UInt32(digit) << shift
        decided |= mask << shift
    }
    return Float(bitPattern: prefix)
}
