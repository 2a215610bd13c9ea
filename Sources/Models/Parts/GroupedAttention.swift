import Linalg
import Synchronization

/// Causal attention with shared key-value heads (arXiv 2305.13245), up to its output projection.
final class GroupedAttention: Sendable {
    private let query: DenseLinear
    private let key: DenseLinear
    private let value: DenseLinear
    private let heads: Int
    private let keyValueHeads: Int
    private let rotary: RotaryEmbedding
    // Sequences are usually of one length, so the last table serves nearly all of them.
    private let lastTable = Mutex<RotaryTable?>(nil)

    /// Loads the query, key and value projections, `layers` in this order.
    init(
        layers: [LinearLayer],
        heads: Int,
        keyValueHeads: Int,
        rotary: RotaryEmbedding,
        from tensors: any TensorProvider
    ) throws {
        precondition(layers.count == 3)
        query = try DenseLinear(layers[0], from: tensors)
        key = try DenseLinear(layers[1], from: tensors)
        value = try DenseLinear(layers[2], from: tensors)
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.rotary = rotary
    }

    /// T × hidden size, normed, to T × heads · head dimension; T is a multiple of the length.
    func apply(_ normed: consuming Matrix, sequenceLength length: Int) -> Matrix {
        let dimension = rotary.headDimension
        let rows = normed.rows
        let table = table(length: length)
        var queries = query.apply(normed)
        var keys = key.apply(normed)
        let values = value.apply(normed)
        // Freed before the output is allocated, which keeps the peak low.
        _ = consume normed
        applyRotary(
            &queries,
            heads: heads,
            headDimension: dimension,
            cosines: table.cosines.span,
            sines: table.sines.span
        )
        applyRotary(
            &keys,
            heads: keyValueHeads,
            headDimension: dimension,
            cosines: table.cosines.span,
            sines: table.sines.span
        )
        var out = Matrix(rows: rows, columns: heads * dimension)
        // The root is taken in Float64 and rounded once, like the reference's Python number.
        let scale = Float(1 / Double(dimension).squareRoot())
        attention(
            queries: queries,
            keys: keys,
            values: values,
            heads: heads,
            keyValueHeads: keyValueHeads,
            headDimension: dimension,
            sequenceLength: length,
            scale: scale,
            into: &out
        )
        return out
    }

    private func table(length: Int) -> RotaryTable {
        if let last = lastTable.withLock({ $0 }), last.length == length { return last }
        let table = rotary.table(length: length)
        lastTable.withLock { $0 = table }
        return table
    }
}
