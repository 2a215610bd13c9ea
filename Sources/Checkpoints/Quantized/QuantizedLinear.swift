public import Domain
public import Linalg

/// A linear layer's weight as codes on uniform grids, whatever format it comes from or goes to.
///
/// The weight of output o and input j, in group g, is `scale[o, g] · (code[o, j] − zero[o, g])`.
/// Codes and zero codes are unsigned; compressed-tensors' signed ones are these minus 2^(bits-1).
/// Making one checks everything, so one that exists can be written and computed with.
public struct QuantizedLinear: Sendable, Hashable {
    /// The most outputs or inputs of a layer.
    public static let extentMax = 1 << 24
    /// The most weights of a layer.
    public static let weightsMax = 1 << 33

    /// Rows of the weight, at least 1.
    public let outputs: Int
    /// Columns of the weight, at least 1.
    public let inputs: Int
    /// Bits, groups and symmetry.
    public let scheme: QuantizationScheme
    /// The code of each weight, outputs × inputs by rows, none above `scheme.maximumCode`.
    public let codes: [UInt8]
    /// The step of each group, outputs × groups by rows: finite, not zero, held by `scaleType`.
    public let scales: [Float]
    /// How scales are stored, and the type in which weights are computed.
    public let scaleType: ElementType
    /// The code that stands for zero in each group, outputs × groups by rows; all of them are
    /// `scheme.middleCode` when the scheme is symmetric.
    public let zeros: [UInt8]
    /// The group of each input when `scheme.activationOrder` is `group`; nil otherwise.
    public let groupIndex: [Int32]?

    /// The number of groups of each output.
    public var groups: Int { scales.count / outputs }

    /// Takes a layer's numbers, rounding the scales to the type they are stored in.
    ///
    /// Rounding is to nearest, half to even. Nothing is repaired: whoever rounds scales after the
    /// codes were chosen moves the weights, so choose codes for scales that are rounded already.
    /// - Parameters:
    ///   - outputs: 1 to `extentMax`.
    ///   - inputs: 1 to `extentMax`; at most `weightsMax` weights in all.
    ///   - scheme: bits, groups and symmetry.
    ///   - codes: outputs × inputs by rows.
    ///   - scales: outputs × groups by rows.
    ///   - scaleType: the type to round the scales to.
    ///   - zeros: outputs × groups by rows; nil, the default, for a symmetric scheme.
    ///   - groupIndex: the group of each input; needed when the activation order is `group`.
    ///   - layer: the layer's name, for messages.
    /// - Throws: `CheckpointError.malformedLayer` when counts, ranges or scales do not fit, also
    ///   when a scale becomes zero or infinite by rounding.
    public init(
        outputs: Int, inputs: Int, scheme: QuantizationScheme, codes: [UInt8], scales: [Float],
        scaleType: ElementType, zeros: [UInt8]? = nil, groupIndex: [Int32]? = nil, layer: String
    ) throws(CheckpointError) {
        try Self.checkExtents(outputs: outputs, inputs: inputs, layer: layer)
        let groups = scheme.groupCount(inputs: inputs)
        guard zeros != nil || scheme.isSymmetric else {
            throw .malformedLayer(
                layer: layer, reason: "its grid is asymmetric and its zero codes are missing")
        }
        self.outputs = outputs
        self.inputs = inputs
        self.scheme = scheme
        self.codes = codes
        self.scales = decodedNumbers(encodedNumbers(scales, as: scaleType), as: scaleType)
        self.scaleType = scaleType
        self.zeros = zeros ?? [UInt8](repeating: scheme.middleCode, count: outputs * groups)
        self.groupIndex = groupIndex
        try checkCounts(groups: groups, layer: layer)
        try checkNumbers(given: scales, layer: layer)
        try checkGroupIndex(groups: groups, layer: layer)
    }

    private init(_ other: QuantizedLinear, codes: [UInt8], zeros: [UInt8]) {
        (outputs, inputs, scheme) = (other.outputs, other.inputs, other.scheme)
        (scales, scaleType) = (other.scales, other.scaleType)
        groupIndex = other.groupIndex
        (self.codes, self.zeros) = (codes, zeros)
    }

    /// The same layer with other codes, which are known to be in range.
    func replacing(codes: [UInt8], zeros: [UInt8]) -> QuantizedLinear {
        precondition(codes.count == self.codes.count && zeros.count == self.zeros.count)
        return QuantizedLinear(self, codes: codes, zeros: zeros)
    }

    /// The weights, outputs × inputs, exactly as the reference libraries compute them.
    ///
    /// Code minus zero is an exact integer; its product with the scale is rounded to `scaleType`,
    /// half to even (compressed-tensors and GPTQModel both compute in the scale's type), and then
    /// widened to Float32.
    /// - Parameter rows: the outputs that are wanted; nil, the default, for all of them.
    /// - Returns: a matrix of `rows` × `inputs`.
    public func dequantized(rows: Range<Int>? = nil) -> Matrix {
        let rows = rows ?? 0..<outputs
        precondition(rows.lowerBound >= 0 && rows.upperBound <= outputs)
        let weights = rows.lowerBound * inputs..<rows.upperBound * inputs
        let parameters = rows.lowerBound * groups..<rows.upperBound * groups
        return Matrix(
            rows: rows.count, columns: inputs, dequantizing: codes.span.extracting(weights),
            scales: scales.span.extracting(parameters), zeros: zeros.span.extracting(parameters),
            groupOfColumn: groupOfInput, as: scaleType)
    }

    /// The group of each input, stored or natural.
    var groupOfInput: [Int32] {
        if let groupIndex { return groupIndex }
        let width = scheme.groupSize ?? inputs
        return (0..<inputs).map { Int32($0 / width) }
    }
}
