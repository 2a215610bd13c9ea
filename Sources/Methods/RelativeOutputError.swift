public import Linalg

/// The error of a layer's outputs relative to their energy on the calibration data,
/// tr((W-Q) H (W-Q)^T) / tr(W H W^T), summed over runs of its outputs.
public struct OutputError: Sendable {
    private var error = 0.0
    private var energy = 0.0

    /// Nothing yet.
    public init() {}

    /// Adds some outputs; the sums are taken in the order of the calls.
    ///
    /// - parameter original: rows of W, outputs x inputs.
    /// - parameter compressed: the same rows of Q.
    /// - parameter gram: H, inputs x inputs, undamped; its scale is irrelevant.
    public mutating func add(
        original: borrowing Matrix, compressed: borrowing Matrix, gram: borrowing Matrix
    ) {
        precondition(original.rows == compressed.rows, "the two weights differ in outputs")
        precondition(original.columns == compressed.columns, "the two weights differ in inputs")
        precondition(gram.rows == original.columns, "the Gram matrix is of another layer")
        var difference = original.copy()
        do {
            let other = compressed.elements
            var elements = difference.mutableElements
            for i in other.indices { elements[i] -= other[i] }
        }
        error += traceOfQuadraticForm(difference, gram)
        energy += traceOfQuadraticForm(original, gram)
    }

    /// 0 for equal outputs; infinity when W gives no output at all but Q does.
    public var relative: Double {
        if error == 0 { return 0 }
        return energy > 0 ? error / energy : .infinity
    }
}

/// The relative error of a whole layer; see ``OutputError``.
public func relativeOutputError(
    original: borrowing Matrix, compressed: borrowing Matrix, gram: borrowing Matrix
) -> Double {
    var error = OutputError()
    error.add(original: original, compressed: compressed, gram: gram)
    return error.relative
}
