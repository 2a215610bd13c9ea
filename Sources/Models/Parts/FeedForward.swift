import Linalg

/// A feed-forward layer up to its output projection: gated (arXiv 2002.05202) or plain.
struct FeedForward: MiddleMaker {
    /// nil where nothing gates.
    private let gate: DenseLinear?
    private let up: DenseLinear
    private let activation: Activation

    /// Loads the entries.
    init(_ blueprint: FeedForwardBlueprint, from tensors: any TensorProvider) throws {
        let width = blueprint.width
        let loaded = try DenseLinear.load(
            blueprint.entries, widths: blueprint.isGated ? [width, width] : [width], from: tensors)
        gate = blueprint.isGated ? loaded[0] : nil
        up = loaded[loaded.count - 1]
        activation = blueprint.activation
    }

    /// T × hidden size, normed, to T × width.
    func middle(of normed: consuming Matrix, sequenceLength: Int) -> Matrix {
        guard let gate else {
            var raised = up.apply(normed)
            _ = consume normed
            activation.apply(to: &raised)
            return raised
        }
        var gated = gate.apply(normed)
        let raised = up.apply(normed)
        _ = consume normed
        activation.apply(toGate: &gated, up: raised)
        return gated
    }
}
