public import Linalg

/// The inverse factor of a layer's damped Gram matrix, with all that a sweep must know beside it.
///
/// With H the Gram matrix after dead columns got a diagonal of 1, columns were permuted and
/// `damping` was added to the diagonal, `factor` is the upper-triangular U with H^-1 = U^T U.
/// One factor serves every layer with the same inputs, and every bit-width and sparsity.
public struct InverseFactor: ~Copyable, Sendable {
    /// U, inputs x inputs, zero below the diagonal, in permuted order.
    public let factor: Matrix
    /// The original column of each permuted column (new to old); nil for the original order.
    public let permutation: [Int]?
    /// The original columns that are always zero on the calibration data, ascending.
    public let dead: [Int]
    /// What was added to the diagonal, in the units of the Gram matrix.
    public let damping: Double
    /// The fraction of the mean diagonal that `damping` is; above the one asked for when the
    /// Gram matrix could not be factored with that.
    public let dampingFraction: Double

    /// The number of inputs.
    public var dimension: Int { factor.rows }

    /// Puts together a factor that was made elsewhere and travelled as bytes.
    ///
    /// - parameter permutation: nil, or each of 0 ..< factor.rows once.
    /// - parameter dead: columns in 0 ..< factor.rows.
    /// - throws: ``MethodError/dimensionMismatch(layer:input:expected:found:)`` when the parts
    ///   do not fit together, ``MethodError/statisticsNotFinite(layer:input:)`` when the diagonal
    ///   is not positive or an entry is not finite.
    public init(
        factor: consuming Matrix, permutation: [Int]?, dead: [Int], damping: Double,
        dampingFraction: Double, layer: String
    ) throws(MethodError) {
        let dimension = factor.rows
        guard factor.columns == dimension else {
            throw .dimensionMismatch(
                layer: layer, input: "the factor's width", expected: dimension,
                found: factor.columns)
        }
        if let permutation, permutation.sorted() != Array(0..<dimension) {
            throw .dimensionMismatch(
                layer: layer, input: "the column permutation", expected: dimension,
                found: Set(permutation).intersection(0..<dimension).count)
        }
        if let column = dead.first(where: { $0 < 0 || $0 >= dimension }) {
            throw .dimensionMismatch(
                layer: layer, input: "the list of dead columns", expected: dimension,
                found: column)
        }
        guard isUsable(factor) else {
            throw .statisticsNotFinite(layer: layer, input: "the inverse factor")
        }
        self.factor = factor
        self.permutation = permutation
        self.dead = dead
        self.damping = damping
        self.dampingFraction = dampingFraction
    }
}

/// Whether all entries are finite and the diagonal is positive.
func isUsable(_ factor: borrowing Matrix) -> Bool {
    guard factor.isFinite() else { return false }
    for i in 0..<factor.rows where !(factor[i, i] > 0) { return false }
    return true
}
