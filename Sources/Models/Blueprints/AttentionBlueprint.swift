import Linalg

/// Attention: its projections and what happens between them.
struct AttentionBlueprint: Sendable, Hashable {
    /// Query, key and value, or one layer that holds their rows in this order.
    let projections: [LinearLayer]
    let output: LinearLayer
    let heads: Int
    /// Divides `heads`.
    let keyValueHeads: Int
    let headDimension: Int
    /// Of the products of queries and keys.
    var scale: Float
    var reach = AttentionReach.causal
    /// nil where positions enter with the embedding.
    var rotary: RotaryEmbedding?
    /// Of each head's queries and keys, before they are rotated.
    var queryNorm: NormBlueprint?
    var keyNorm: NormBlueprint?

    var queryWidth: Int { heads * headDimension }
    var keyValueWidth: Int { keyValueHeads * headDimension }

    /// The usual scale, 1 / √dimension.
    static func scale(ofDimension dimension: Double) -> Float {
        // The root is taken in Float64 and rounded once, like the reference's Python number.
        Float(1 / dimension.squareRoot())
    }
}
