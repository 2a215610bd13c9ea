import Linalg
import Testing

@testable import Methods

@Suite struct `Masks` {
    /// Scores with many ties.
    private func scores(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { _ in Float((abs(generator.nextValue()) * 12).rounded()) / 8 }
    }

    private func mask(_ count: Int, _ body: (inout MutableSpan<Bool>) -> Void) -> [Bool] {
        var mask = [Bool](repeating: true, count: count)
        var span = mask.mutableSpan
        body(&span)
        return mask
    }

    @Test(arguments: [1, 2, 7, 33, 257])
    func `find the score of any rank`(_ count: Int) {
        var generator = SplitMix64(seed: 77)
        let values = (0..<count).map { _ in Float(abs(generator.nextValue())) }
        let tied = scores(count, seed: 3)
        for (found, sorted) in [(values, values.sorted()), (tied, tied.sorted())] {
            for rank in 0..<count {
                #expect(orderStatistic(found.span, rank: rank) == sorted[rank])
            }
        }
    }

    @Test func `rank the extremes of Float32`() {
        let values: [Float] = [.infinity, 0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1]
        let sorted = values.sorted()
        for rank in values.indices {
            #expect(orderStatistic(values.span, rank: rank) == sorted[rank])
        }
    }

    @Test(arguments: [0, 1, 5, 16, 40])
    func `mark the smallest scores, ties by position`(_ count: Int) {
        let scores = scores(40, seed: 4)
        let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
        let expected = Set(order.prefix(count))
        let found = mask(40) { markSmallest(count, of: scores.span, mask: &$0) }
        #expect(found == scores.indices.map { expected.contains($0) })
    }

    @Test(arguments: [(2, 4), (1, 4), (3, 8), (5, 10)])
    func `mark the smallest scores of each aligned run`(_ pruned: Int, _ width: Int) {
        let scores = scores(40, seed: 5)
        let found = mask(40) { markSmallest(pruned, ofEach: width, in: scores.span, mask: &$0) }
        for start in stride(from: 0, to: 40, by: width) {
            let order = (start..<start + width).sorted { (scores[$0], $0) < (scores[$1], $1) }
            let expected = Set(order.prefix(pruned))
            for i in start..<start + width { #expect(found[i] == expected.contains(i)) }
        }
    }

    @Test func `mark up to the published threshold and all its ties`() {
        let scores: [Float] = [3, 1, 2, 2, 2, 9]
        // floor(6 * 0.4) = 2, and the score with index 2 in ascending order is 2.
        let found = mask(6) { markThreshold(scores.span, fraction: 0.4, mask: &$0) }
        #expect(found == [false, true, true, true, true, false])
        let none = mask(6) { markThreshold(scores.span, fraction: 0, mask: &$0) }
        #expect(none == [Bool](repeating: false, count: 6))
    }
}
