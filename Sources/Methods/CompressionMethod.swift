/// One way to compress the weights of a linear layer, with all its options.
public enum CompressionMethod: Sendable, Codable, Hashable {
    /// Rounds each weight to the nearest value of its group's grid; needs no data.
    case roundToNearest(QuantizationOptions)
    /// Quantises column by column and compensates on later columns (arXiv 2210.17323).
    case gptq(QuantizationOptions)
    /// Zeroes the weights of smallest magnitude; needs no data.
    case magnitude(SparsityOptions)
    /// Zeroes the weights of smallest magnitude times input norm (arXiv 2306.11695).
    case wanda(SparsityOptions)
    /// Zeroes column by column and compensates on later columns (arXiv 2301.00774).
    case sparseGPT(SparsityOptions)

    /// What a method must know of the layer's inputs X (tokens x inputs).
    public enum Statistics: String, Sendable, Codable, Hashable, CaseIterable {
        /// Nothing.
        case none
        /// The diagonal of the Gram matrix: the sum of squares of each input.
        case diagonal
        /// The whole Gram matrix X^T X; its scale is irrelevant.
        case gram
    }

    /// The name in recipes and reports, in lower case with underscores.
    public var name: String {
        switch self {
        case .roundToNearest: "round_to_nearest"
        case .gptq: "gptq"
        case .magnitude: "magnitude"
        case .wanda: "wanda"
        case .sparseGPT: "sparsegpt"
        }
    }

    /// The statistics that the calibration must accumulate for this method.
    public var statistics: Statistics {
        switch self {
        case .roundToNearest, .magnitude: .none
        case .wanda: .diagonal
        case .gptq, .sparseGPT: .gram
        }
    }

    /// Whether ``compress(_:method:gramDiagonal:factor:layer:)`` needs an ``InverseFactor``.
    public var needsFactor: Bool { statistics == .gram }

    /// Whether the factor must be made with act-order.
    public var ordersColumns: Bool {
        guard case .gptq(let options) = self else { return false }
        return options.actOrder != .none
    }

    /// Whether outputs may be compressed in separate pieces without changing the decision:
    /// false when a threshold compares weights of different outputs.
    public var outputsAreIndependent: Bool {
        switch self {
        case .roundToNearest, .gptq: true
        case .magnitude(let options), .sparseGPT(let options):
            options.isIndependentByOutput(published: .matrix)
        case .wanda(let options): options.isIndependentByOutput(published: .row)
        }
    }

    /// Refuses options out of bounds and options that do not suit a layer's shape.
    ///
    /// - parameter layerInputs: the layer's number of inputs, at least 1.
    /// - parameter outputs: the layer's number of outputs, at least 1.
    /// - parameter layer: the layer's name, for the message.
    /// - throws: ``MethodError/invalidOption(method:reason:)`` or
    ///   ``MethodError/unsuitableShape(layer:outputs:inputs:reason:)``.
    public func validate(
        layerInputs: Int, outputs: Int, layer: String = "(any)"
    ) throws(MethodError) {
        guard layerInputs > 0, outputs > 0 else {
            throw .unsuitableShape(
                layer: layer, outputs: outputs, inputs: layerInputs, reason: "it is empty")
        }
        switch self {
        case .roundToNearest(let options):
            try options.validate(method: name)
            guard options.actOrder == .none, !options.staleGroups else {
                throw .invalidOption(
                    method: name,
                    reason: "it has no column order, so act-order and stale "
                        + "groups must be off")
            }
        case .gptq(let options): try options.validate(method: name)
        case .magnitude(let options), .wanda(let options), .sparseGPT(let options):
            try options.validate(method: name)
            try options.validate(inputs: layerInputs, outputs: outputs, layer: layer)
        }
    }
}

extension SparsityOptions {
    /// Whether no threshold compares weights of different outputs.
    func isIndependentByOutput(published: Granularity) -> Bool {
        guard case .unstructured = pattern else { return true }
        return (granularity ?? published) == .row
    }
}
