/// Merges the symbols of one word: always the pair of least rank, the leftmost of equals.
///
/// Holds the scratch space of one thread. Short words take a scan per merge, which is quadratic
/// but has no overhead; long ones a heap, so that a word of n bytes costs n log n.
struct PairMerger {
    private var ids: [Int32] = []
    private var pairs: [UInt64] = []
    private var next: [Int32] = []
    private var previous: [Int32] = []
    private var heap = MinimumHeap()

    private static let scanMaximum = 32

    /// Appends the tokens of the word to `output`.
    mutating func merge(
        _ text: [UInt8], _ word: Range<Int>, with model: borrowing BytePairModel,
        into output: inout [Int32]
    ) {
        ids.removeAll(keepingCapacity: true)
        model.appendSymbols(of: text, word, to: &ids)
        if ids.count <= Self.scanMaximum {
            mergeByScanning(model.merges)
            output.append(contentsOf: ids)
        } else {
            mergeByHeap(model.merges)
            for id in ids where id >= 0 { output.append(id) }
        }
    }

    private mutating func mergeByScanning(_ merges: borrowing PairTable) {
        var count = ids.count
        guard count > 1 else { return }
        pairs.removeAll(keepingCapacity: true)
        for index in 0..<(count - 1) { pairs.append(merges.value(ids[index], ids[index + 1])) }
        while count > 1 {
            // Ranks are the high bits and no two pairs share one: the least value is the merge.
            var best = 0
            for index in 1..<max(1, count - 1) where pairs[index] < pairs[best] { best = index }
            guard pairs[best] != PairTable.absent else { break }
            ids[best] = Int32(truncatingIfNeeded: pairs[best])
            count -= 1
            for index in (best + 1)..<max(best + 1, count) { ids[index] = ids[index + 1] }
            for index in best..<max(best, count - 1) { pairs[index] = pairs[index + 1] }
            if best > 0 { pairs[best - 1] = merges.value(ids[best - 1], ids[best]) }
            if best + 1 < count { pairs[best] = merges.value(ids[best], ids[best + 1]) }
        }
        ids.removeLast(ids.count - count)
    }

    /// Leaves -1 in `ids` where a symbol was merged into the one before it.
    private mutating func mergeByHeap(_ merges: borrowing PairTable) {
        let count = ids.count
        next.removeAll(keepingCapacity: true)
        previous.removeAll(keepingCapacity: true)
        heap.removeAll()
        for index in 0..<count {
            next.append(index + 1 < count ? Int32(index + 1) : -1)
            previous.append(Int32(index - 1))
        }
        for index in 0..<(count - 1) { push(index, merges) }
        while let entry = heap.popMinimum() {
            let index = Int(entry & 0xFFFF_FFFF)
            guard ids[index] >= 0, next[index] >= 0 else { continue }
            let second = Int(next[index])
            let value = merges.value(ids[index], ids[second])
            // An entry whose pair has changed since it was pushed has another rank.
            guard value != PairTable.absent, value >> 32 == entry >> 32 else { continue }
            ids[index] = Int32(truncatingIfNeeded: value)
            ids[second] = -1
            next[index] = next[second]
            if next[second] >= 0 { previous[Int(next[second])] = Int32(index) }
            push(index, merges)
            if previous[index] >= 0 { push(Int(previous[index]), merges) }
        }
    }

    private mutating func push(_ index: Int, _ merges: borrowing PairTable) {
        guard next[index] >= 0 else { return }
        let value = merges.value(ids[index], ids[Int(next[index])])
        guard value != PairTable.absent else { return }
        heap.push(value & 0xFFFF_FFFF_0000_0000 | UInt64(index))
    }
}

/// A binary heap of numbers, the least first.
private struct MinimumHeap {
    private var values: [UInt64] = []

    mutating func removeAll() { values.removeAll(keepingCapacity: true) }

    mutating func push(_ value: UInt64) {
        var index = values.count
        values.append(value)
        while index > 0 {
            let parent = (index - 1) / 2
            guard values[parent] > value else { break }
            values[index] = values[parent]
            index = parent
        }
        values[index] = value
    }

    mutating func popMinimum() -> UInt64? {
        guard let least = values.first, let last = values.popLast() else { return nil }
        guard !values.isEmpty else { return least }
        var index = 0
        while true {
            var child = 2 * index + 1
            guard child < values.count else { break }
            if child + 1 < values.count, values[child + 1] < values[child] { child += 1 }
            guard values[child] < last else { break }
            values[index] = values[child]
            index = child
        }
        values[index] = last
        return least
    }
}
