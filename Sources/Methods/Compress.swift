public import Linalg

/// Compresses the weights of one linear layer.
///
/// - parameter weight: the weights, outputs x inputs; a run of rows of the layer when
///   ``CompressionMethod/outputsAreIndependent`` is true.
/// - parameter gramDiagonal: the sum of squares of each input, needed by `wanda`.
/// - parameter factor: the factor of ``makeFactor(gram:dampingFraction:actOrder:layer:)``, needed
///   when ``CompressionMethod/needsFactor`` is true; one factor serves all methods and options
///   of equal column order.
/// - parameter layer: the layer's name, for messages.
/// - throws: ``MethodError`` when options, shapes or inputs do not fit, or when the result is not
///   finite. Nothing is ever replaced by a worse method.
public func compress(
    _ weight: consuming Matrix, method: CompressionMethod, gramDiagonal: Span<Float>? = nil,
    factor: borrowing InverseFactor? = nil, layer: String
) throws(MethodError) -> CompressedLayer {
    try method.validate(layerInputs: weight.columns, outputs: weight.rows, layer: layer)
    guard weight.isFinite() else { throw .weightNotFinite(layer: layer) }
    switch method {
    case .roundToNearest(let options):
        return try roundToNearest(weight, options: options, layer: layer)
    case .magnitude(let options):
        return try pruneByMagnitude(weight, options: options, layer: layer)
    case .wanda(let options):
        guard let gramDiagonal else {
            throw .missingInput(layer: layer, method: method.name, input: "the Gram diagonal")
        }
        return try pruneByActivation(
            weight, options: options, gramDiagonal: gramDiagonal, layer: layer)
    case .gptq, .sparseGPT:
        return try compensate(weight, method: method, factor: factor, layer: layer)
    }
}

/// Runs one of the methods that sweep over the columns with a factor.
private func compensate(
    _ weight: consuming Matrix, method: CompressionMethod, factor: borrowing InverseFactor?,
    layer: String
) throws(MethodError) -> CompressedLayer {
    switch factor {
    case .none:
        throw .missingInput(layer: layer, method: method.name, input: "the inverse factor")
    case .some(let inverse):
        guard inverse.dimension == weight.columns else {
            throw .dimensionMismatch(
                layer: layer, input: "the inverse factor", expected: weight.columns,
                found: inverse.dimension)
        }
        guard (inverse.permutation != nil) == method.ordersColumns else {
            throw .columnOrderMismatch(layer: layer, expectsActOrder: method.ordersColumns)
        }
        switch method {
        case .gptq(let options):
            return try gptq(weight, options: options, factor: inverse, layer: layer)
        case .sparseGPT(let options):
            return try sparseGPT(weight, options: options, factor: inverse, layer: layer)
        case .roundToNearest, .magnitude, .wanda:
            preconditionFailure("\(method.name) does not sweep")
        }
    }
}
