/// An architecture that is described instead of programmed: blueprints say what its embedding, its
/// blocks and its head are made of.
///
/// Whatever ``Architecture`` asks for follows from them: the tensors and their order, how a
/// segment runs, and what it costs.
public protocol Transformer: Architecture {
    /// What makes the first block's input.
    var embedding: EmbeddingBlueprint { get }
    /// What makes the logits; nil for an encoder, which ends with its last block.
    var head: HeadBlueprint? { get }

    /// What a block, counted from zero, is made of.
    func blueprint(ofBlock block: Int) -> BlockBlueprint
}
