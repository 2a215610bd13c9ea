public import Linalg

/// The error of a layer's outputs relative to their energy on the calibration data:
/// tr((W-Q) H (W-Q)^T) / tr(W H W^T).
///
/// - parameter original: W, outputs x inputs.
/// - parameter compressed: Q, of the same shape.
/// - parameter gram: H, inputs x inputs, undamped; its scale is irrelevant.
/// - returns: 0 for equal outputs; infinity when W gives no output at all but Q does.
public func relativeOutputError(
    original: borrowing Matrix, compressed: borrowing Matrix, gram: borrowing Matrix
) -> Double {
    precondition(original.rows == compressed.rows, "the two weights differ in outputs")
    precondition(original.columns == compressed.columns, "the two weights differ in inputs")
    precondition(gram.rows == original.columns, "the Gram matrix is of another layer")
    var difference = original.copy()
    do {
        let other = compressed.elements
        var elements = difference.mutableElements
        for i in other.indices { elements[i] -= other[i] }
    }
    let error = traceOfQuadraticForm(difference, gram)
    let energy = traceOfQuadraticForm(original, gram)
    if error == 0 { return 0 }
    return energy > 0 ? error / energy : .infinity
}
