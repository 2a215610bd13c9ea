/// Parameters of `compare-embeddings`.
///
/// Inputs: `hidden` and `reference`, the last hidden states of two encoders for the same tokens,
/// each tokens × width, Float32. Facts: ``EmbeddingFacts``.
public struct CompareEmbeddingsParameters: Hashable, Sendable, Codable {
    /// The shard; `first` is unused beyond naming.
    public let sequences: SequenceRange
    /// Numbers of a hidden state.
    public let width: Int

    /// Parameters from their parts.
    public init(sequences: SequenceRange, width: Int) {
        self.sequences = sequences
        self.width = width
    }
}

/// How alike two encoders' embeddings of a shard's windows are.
public struct EmbeddingFacts: Hashable, Sendable, Codable {
    /// The cosine of the two embeddings of each window; an embedding is the mean of the last
    /// hidden states of all tokens.
    public let cosines: [Double]

    /// Facts from their parts.
    public init(cosines: [Double]) {
        self.cosines = cosines
    }
}
