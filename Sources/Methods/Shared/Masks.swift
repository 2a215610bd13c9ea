/// Marks the scores that are at most the one with index floor(count * fraction) in ascending
/// order: one more than floor(count * fraction), and all that tie with it, as published.
///
/// A fraction of 0 marks nothing. Scores must not be negative.
func markThreshold(
    _ scores: Span<Float>, fraction: Double, mask: inout MutableSpan<Bool>
) {
    precondition(mask.count == scores.count)
    precondition(fraction >= 0 && fraction < 1)
    guard fraction > 0, scores.count > 0 else {
        for i in mask.indices { mask[i] = false }
        return
    }
    let threshold = orderStatistic(scores, rank: Int(Double(scores.count) * fraction))
    for i in scores.indices { mask[i] = scores[i] <= threshold }
}

/// Marks exactly the `count` smallest scores; of equal scores the earlier ones.
///
/// Scores must not be negative.
func markSmallest(_ count: Int, of scores: Span<Float>, mask: inout MutableSpan<Bool>) {
    precondition(mask.count == scores.count)
    precondition((0...scores.count).contains(count))
    guard count > 0 else {
        for i in mask.indices { mask[i] = false }
        return
    }
    let threshold = orderStatistic(scores, rank: count - 1)
    var below = 0
    for i in scores.indices where scores[i] < threshold { below += 1 }
    var ties = count - below
    for i in scores.indices {
        let isTie = scores[i] == threshold && ties > 0
        if isTie { ties -= 1 }
        mask[i] = scores[i] < threshold || isTie
    }
}

/// Marks exactly the `count` smallest scores in each aligned run of `width` scores; of equal
/// scores the earlier ones. The width must divide the number of scores.
func markSmallest(
    _ count: Int, ofEach width: Int, in scores: Span<Float>, mask: inout MutableSpan<Bool>
) {
    precondition(mask.count == scores.count)
    precondition(scores.count % width == 0)
    for start in stride(from: 0, to: scores.count, by: width) {
        for i in start..<start + width {
            // The rank of a score is the number of scores that go before it.
            var rank = 0
            for k in start..<start + width {
                let goesBefore = k < i ? scores[k] <= scores[i] : scores[k] < scores[i]
                rank += goesBefore ? 1 : 0
            }
            mask[i] = rank < count
        }
    }
}
