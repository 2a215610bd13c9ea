/// How many tokens go through a block at once: whole sequences, as many as fit.
///
/// A plan constant: it decides the last bits of a Gram. Larger batches read the weights less
/// often, smaller ones keep the states in the cache.
public enum BlockBatch {
    /// Tokens that a batch may have, unless one sequence is longer.
    public static let tokensMax = 2048

    /// Sequences of a batch, at least 1.
    public static func sequences(length: Int) -> Int { max(1, tokensMax / max(1, length)) }

    /// Tokens of the largest batch of a shard of `count` sequences.
    public static func tokens(length: Int, count: Int) -> Int {
        min(count, sequences(length: length)) * length
    }
}
