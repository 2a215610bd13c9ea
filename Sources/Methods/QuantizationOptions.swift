import Linalg

/// How weights become integer codes: the grid of values and the order of columns.
///
/// A group is a run of `groupSize` consecutive inputs of one output; it shares one scale and one
/// zero code. When the group size does not divide the number of inputs, the last group is short.
public struct QuantizationOptions: Sendable, Codable, Hashable {
    /// In which order the columns are quantised (GPTQ only).
    public enum ActOrder: String, Sendable, Codable, Hashable, CaseIterable {
        /// Left to right.
        case none
        /// By falling Gram diagonal; groups are runs of the permuted columns, so the result
        /// carries a group index for each column.
        case dynamic
        /// By falling Gram diagonal; groups are runs of the original columns with parameters
        /// from the original weights, so no group index is needed.
        case `static`
    }

    /// How the range of a group is chosen.
    public enum Grid: String, Sendable, Codable, Hashable, CaseIterable {
        /// From the smallest to the largest weight; zero is always inside.
        case minMax
        /// The shrunken range of 80 that minimises the sum of |error|^2.4.
        case meanSquaredError
        /// The grid of 64 with which the group adds least to the layer's output error, later
        /// columns of the group compensating (GPTQ only). Static groups are searched before the
        /// sweep, on the weights as they came.
        case outputError
    }

    /// Element types of 16 bits that scales are stored in; the raw values are those of
    /// `ElementType`.
    public enum ScaleType: String, Sendable, Codable, Hashable, CaseIterable {
        /// IEEE 754 binary16.
        case float16 = "F16"
        /// The upper half of a binary32.
        case bfloat16 = "BF16"

        /// The type in which numbers are stored.
        var elementType: ElementType { self == .float16 ? .float16 : .bfloat16 }
    }

    /// Bits of a code, 2 to 8. The default is 4.
    public var bits: Int
    /// Inputs of a group, at least 1; nil means one group for each output. The default is 128.
    public var groupSize: Int?
    /// Whether the range is symmetric around zero, with the zero code 2^(bits-1).
    /// The default is false. Unlike the published code, a group without negative weights is
    /// symmetrised too, as otherwise the upper half of its range would be clipped.
    public var symmetric: Bool
    /// The order of columns. The default is `none`; round-to-nearest accepts only that.
    public var actOrder: ActOrder
    /// The choice of range. The default is `minMax`.
    public var grid: Grid
    /// Whether a group inside a lazy block takes its parameters from the weights as they were
    /// when the block began, as the published code does. The default is false: parameters come
    /// from the compensated weights and do not depend on `blockSize`.
    public var staleGroups: Bool
    /// Columns between two lazy updates, 1 to 4096. The default is 128. It only changes the
    /// order of floating-point sums, unless `staleGroups` is set.
    public var blockSize: Int
    /// What scales are rounded to before codes are chosen, so that they can be stored without
    /// moving a weight. The default, nil, keeps them as computed.
    public var scaleType: ScaleType?

    /// The widest group whose grid is searched by output error: the cost grows with the width.
    public static let searchedWidthMax = 512

    /// Creates options; each parameter is described at the property of its name.
    public init(
        bits: Int = 4, groupSize: Int? = 128, symmetric: Bool = false, actOrder: ActOrder = .none,
        grid: Grid = .minMax, staleGroups: Bool = false, blockSize: Int = 128,
        scaleType: ScaleType? = nil
    ) {
        self.scaleType = scaleType
        self.bits = bits
        self.groupSize = groupSize
        self.symmetric = symmetric
        self.actOrder = actOrder
        self.grid = grid
        self.staleGroups = staleGroups
        self.blockSize = blockSize
    }

    /// The number of groups of an output with `inputs` inputs; the last one may be short.
    public func groupCount(inputs: Int) -> Int {
        guard let groupSize, groupSize < inputs else { return 1 }
        return (inputs - 1) / groupSize + 1
    }

    /// Refuses settings out of bounds and settings that contradict each other.
    ///
    /// - throws: ``MethodError/invalidOption(method:reason:)``.
    func validate(method: String) throws(MethodError) {
        guard (2...8).contains(bits) else {
            throw .invalidOption(method: method, reason: "bits is \(bits) but must be 2 to 8")
        }
        if let groupSize, groupSize < 1 {
            throw .invalidOption(
                method: method,
                reason: "the group size is \(groupSize) but must be at least 1, or absent "
                    + "for one group per output")
        }
        try validateBlockSize(blockSize, named: "the block size", method: method)
        if grid == .outputError {
            guard method == "gptq", let groupSize, groupSize <= Self.searchedWidthMax,
                !staleGroups
            else {
                throw .invalidOption(
                    method: method,
                    reason: "a grid by output error needs gptq, a group size of at most "
                        + "\(Self.searchedWidthMax), and no stale groups")
            }
        }
        guard !(staleGroups && (groupSize == nil || actOrder == .static)) else {
            throw .invalidOption(
                method: method,
                reason: "stale groups need a group size and an act-order other than static")
        }
    }
}

/// Refuses a number of columns that is not from 1 to 4096, the most that scratch is sized for.
func validateBlockSize(_ size: Int, named name: String, method: String) throws(MethodError) {
    guard (1...4096).contains(size) else {
        throw .invalidOption(
            method: method, reason: "\(name) is \(size) but must be 1 to 4096")
    }
}
