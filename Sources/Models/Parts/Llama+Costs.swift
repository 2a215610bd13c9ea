extension Llama {
    /// Two operations a weight and token; attention counts only the keys that a query may see.
    public func segmentFlops(
        block: Int,
        groups: Range<Int>,
        tokens: Int,
        sequenceLength: Int
    ) -> Double {
        var flops = 0.0
        for group in linearGroups(inBlock: block) where groups.contains(group.index) {
            for layer in group.linears {
                flops += 2 * Double(tokens) * Double(layer.outputs) * Double(layer.inputs)
            }
        }
        if groups.contains(0) {
            // Scores and sums: 2 · 2 · width for each of (length + 1) / 2 keys on average.
            let width = Double(heads * headDimension)
            flops += 2 * Double(tokens) * Double(sequenceLength + 1) * width
        }
        return flops
    }

    /// Two operations a weight and token.
    public func headFlops(tokens: Int) -> Double {
        2 * Double(tokens) * Double(vocabularySize) * Double(hiddenSize)
    }

    /// Float32 weights of the groups, the given state, and the largest scratch of any group.
    public func segmentWorkingBytes(
        block: Int, groups: Range<Int>, tokens: Int, sequenceLength: Int
    ) -> Int {
        var weights = 0
        for group in linearGroups(inBlock: block) where groups.contains(group.index) {
            weights += group.linears.reduce(0) { $0 + $1.outputs * ($1.inputs + 1) }
        }
        weights += 2 * hiddenSize
        let queries = heads * headDimension
        let keysAndValues = 2 * keyValueHeads * headDimension
        // The hidden state of group 1 stays beside the given one until the segment ends.
        let carried = groups.contains(1) && groups.upperBound > 2 ? hiddenSize : 0
        let scratch = (0..<4).map { group -> Int in
            guard group >= groups.lowerBound, group <= groups.upperBound else { return 0 }
            return switch group {
            case 0:
                max(hiddenSize, queries) + queries + keysAndValues
            case 1: queries + hiddenSize
            case 2: carried + hiddenSize + 2 * intermediateSize
            default: carried + intermediateSize + hiddenSize
            }
        }
        let given =
            hiddenSize + (groups.lowerBound == 1 ? queries : 0)
            + (groups.lowerBound == 3 ? intermediateSize : 0)
        // The rotary table, and scores of 128 queries.
        let tables = groups.contains(0) ? sequenceLength * (headDimension + 128) : 0
        return 4 * (weights + tables + tokens * (given + (scratch.max() ?? 0)))
    }

    /// The whole output projection in Float32, the given and the normed state, and one tile.
    public func headWorkingBytes(tokens: Int) -> Int {
        let tile = min(TiledHead.tileRows, vocabularySize)
        return 4 * (vocabularySize * hiddenSize + tokens * (2 * hiddenSize + tile))
    }
}
