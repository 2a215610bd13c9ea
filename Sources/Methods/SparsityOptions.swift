/// Which weights become zero: how many, and among which others they compete.
public struct SparsityOptions: Sendable, Codable, Hashable {
    /// The shape of the zeros.
    public enum Pattern: Sendable, Codable, Hashable {
        /// A fraction of the weights, from 0 up to but not including 1, anywhere.
        case unstructured(fraction: Double)
        /// Exactly `pruned` zeros in each aligned run of `of` inputs of each output.
        /// Note that the first number counts the zeros, not the weights that are kept.
        case structured(pruned: Int, of: Int)
    }

    /// Among which weights an unstructured pattern compares scores.
    public enum Granularity: String, Sendable, Codable, Hashable, CaseIterable {
        /// All outputs together; the threshold is the score with index floor(count * fraction)
        /// and scores equal to it are pruned too, as published.
        case matrix
        /// Each output by itself, exactly floor(count * fraction) zeros, ties by column.
        case row
    }

    /// The shape of the zeros.
    public var pattern: Pattern
    /// Columns that share one unstructured threshold in SparseGPT, 1 to 4096; other methods
    /// ignore it. The default nil means the published 128. On layers with few inputs smaller is
    /// better: min(max(inputs / 16, 8), 128) avoids a mask skewed to the left.
    public var maskBlockSize: Int?
    /// Columns between two lazy updates of SparseGPT, 1 to 4096. The default is 128. It only
    /// changes the order of floating-point sums; a larger mask block enlarges it.
    public var blockSize: Int
    /// The competition of an unstructured pattern. The default nil means the published one:
    /// `matrix` for magnitude and SparseGPT, `row` for Wanda.
    public var granularity: Granularity?

    /// Creates options; each parameter is described at the property of its name.
    public init(
        pattern: Pattern, maskBlockSize: Int? = nil, blockSize: Int = 128,
        granularity: Granularity? = nil
    ) {
        self.pattern = pattern
        self.maskBlockSize = maskBlockSize
        self.blockSize = blockSize
        self.granularity = granularity
    }

    /// Refuses settings out of bounds.
    ///
    /// - throws: ``MethodError/invalidOption(method:reason:)``.
    func validate(method: String) throws(MethodError) {
        switch pattern {
        case .unstructured(let fraction):
            guard fraction >= 0, fraction < 1 else {
                throw .invalidOption(
                    method: method,
                    reason: "the fraction is \(fraction) but must be at least 0 and below 1")
            }
        case .structured(let pruned, let width):
            guard (2...1024).contains(width), (1..<width).contains(pruned) else {
                throw .invalidOption(
                    method: method,
                    reason: "the pattern \(pruned):\(width) must prune at least one and not all "
                        + "of 2 to 1024 weights")
            }
        }
        try validateBlockSize(blockSize, named: "the block size", method: method)
        if let maskBlockSize {
            try validateBlockSize(maskBlockSize, named: "the mask block size", method: method)
        }
    }

    /// Refuses a layer whose inputs are no whole number of pattern groups.
    ///
    /// - throws: ``MethodError/unsuitableShape(layer:outputs:inputs:reason:)``.
    func validate(inputs: Int, outputs: Int, layer: String) throws(MethodError) {
        guard case .structured(let pruned, let width) = pattern else { return }
        guard inputs % width == 0 else {
            throw .unsuitableShape(
                layer: layer, outputs: outputs, inputs: inputs,
                reason: "\(width) of the pattern \(pruned):\(width) does not divide the inputs")
        }
    }
}
