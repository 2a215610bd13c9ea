public import Linalg

/// The final norm and the projection onto the vocabulary, with their weights loaded.
public protocol ModelHead: Sendable {
    /// -ln of the probability of each row's target, in nats; the full logits never exist.
    ///
    /// - Parameters:
    ///   - hidden: n × hidden size, the last block's output.
    ///   - targets: n token ids; row t predicts `targets[t]`.
    /// - Returns: n losses.
    /// - Throws: `ModelError` when counts, sizes or a target do not fit.
    func negativeLogLikelihoods(hidden: borrowing Matrix, targets: [Int32]) throws -> [Double]

    /// The logits, n × vocabulary; for tests, since they can be very large.
    ///
    /// - Throws: `ModelError` when the size does not fit.
    func logits(hidden: borrowing Matrix) throws -> Matrix
}
