import Linalg
import Synchronization

/// Attention with shared key-value heads (arXiv 2305.13245), up to its output projection.
final class GroupedAttention: MiddleMaker {
    private let query: DenseLinear
    private let key: DenseLinear
    private let value: DenseLinear
    private let queryNorm: Norm?
    private let keyNorm: Norm?
    private let blueprint: AttentionBlueprint
    // Sequences are usually of one length, so the last table serves nearly all of them.
    private let lastTable = Mutex<RotaryTable?>(nil)

    /// Loads the projections and the norms of queries and keys.
    init(_ blueprint: AttentionBlueprint, from tensors: any TensorProvider) throws {
        let (wide, narrow) = (blueprint.queryWidth, blueprint.keyValueWidth)
        let loaded = try DenseLinear.load(
            blueprint.projections, widths: [wide, narrow, narrow], from: tensors)
        (query, key, value) = (loaded[0], loaded[1], loaded[2])
        queryNorm = try blueprint.queryNorm.map { try Norm($0, from: tensors) }
        keyNorm = try blueprint.keyNorm.map { try Norm($0, from: tensors) }
        self.blueprint = blueprint
    }

    /// T × hidden size, normed, to T × heads · head dimension; T is a multiple of the length.
    func middle(of normed: consuming Matrix, sequenceLength length: Int) -> Matrix {
        let rows = normed.rows
        var queries = query.apply(normed)
        var keys = key.apply(normed)
        let values = value.apply(normed)
        // Freed before the output is allocated, which keeps the peak low.
        _ = consume normed
        if let queryNorm { queries = queryNorm.apply(queries) }
        if let keyNorm { keys = keyNorm.apply(keys) }
        if let rotary = blueprint.rotary {
            let table = table(rotary, length: length)
            rotate(&queries, heads: blueprint.heads, rotary, table)
            rotate(&keys, heads: blueprint.keyValueHeads, rotary, table)
        }
        var out = Matrix(rows: rows, columns: blueprint.queryWidth)
        attention(
            queries: queries,
            keys: keys,
            values: values,
            heads: blueprint.heads,
            keyValueHeads: blueprint.keyValueHeads,
            headDimension: blueprint.headDimension,
            sequenceLength: length,
            scale: blueprint.scale,
            reach: blueprint.reach,
            into: &out
        )
        return out
    }

    private func rotate(
        _ x: inout Matrix, heads: Int, _ rotary: RotaryEmbedding, _ table: RotaryTable
    ) {
        applyRotary(
            &x,
            heads: heads,
            headDimension: blueprint.headDimension,
            rotatedDimension: rotary.headDimension,
            cosines: table.cosines.span,
            sines: table.sines.span
        )
    }

    private func table(_ rotary: RotaryEmbedding, length: Int) -> RotaryTable {
        if let last = lastTable.withLock({ $0 }), last.length == length { return last }
        let table = rotary.table(length: length)
        lastTable.withLock { $0 = table }
        return table
    }
}
