/// What makes the first block's input from token ids.
public struct EmbeddingBlueprint: Sendable, Hashable {
    /// Learned positions: row t + `offset` of a tensor is added to token t.
    struct Positions: Sendable, Hashable {
        let tensor: String
        /// The rows before position 0.
        let offset: Int
    }

    /// A table of which every token gets row 0.
    struct Segments: Sendable, Hashable {
        let tensor: String
        /// The rows of the tensor.
        let count: Int
    }

    /// The table of tokens, vocabulary × `width`.
    let tokens: String
    let width: Int
    /// What the rows are multiplied by.
    var scale: Float?
    /// From `width` to the hidden size, where they differ.
    var projection: LinearLayer?
    var positions: Positions?
    var segments: Segments?
    var norm: NormBlueprint?

    /// What an embedding reads, in the order of execution.
    var tensors: [String] {
        [tokens] + (projection?.tensors ?? []) + (positions.map { [$0.tensor] } ?? [])
            + (segments.map { [$0.tensor] } ?? []) + (norm?.tensors ?? [])
    }
}

/// What makes logits from the last block's output.
public struct HeadBlueprint: Sendable, Hashable {
    let norm: NormBlueprint?
    /// The table that gives the logits, vocabulary × `width`; the embedding's where they are tied.
    let output: String
    let width: Int
    let isTied: Bool
    /// From the hidden size to `width`, where they differ.
    var projection: LinearLayer?
    /// Logits become cap · tanh(logit / cap).
    var softCap: Float?

    /// What a head reads, in the order of execution.
    var tensors: [String] {
        (norm?.tensors ?? []) + (projection?.tensors ?? []) + [output]
    }
}
