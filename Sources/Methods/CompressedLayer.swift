public import Linalg

/// What a method made of one layer's weights.
///
/// Everything is in the layer's original column order, whatever order the method worked in.
public struct CompressedLayer: ~Copyable, Sendable {
    /// The weights to compute with, outputs x inputs: dequantised, or pruned with exact zeros.
    public var weight: Matrix
    /// The integer code of each weight, outputs x inputs by rows; nil for pruning methods.
    public let codes: [UInt8]?
    /// The step of each group, outputs x groups by rows; nil for pruning methods.
    public let scales: [Float]?
    /// The code that stands for zero, outputs x groups by rows, whole numbers from 0 to
    /// 2^bits - 1; nil for pruning methods. A weight is `scale * (code - zero)`.
    public let zeros: [Float]?
    /// The group of each input; nil when it is simply `input / groupSize`.
    public let groupIndex: [Int32]?
    /// The fraction of weights that are exactly zero.
    public let sparsity: Double
    /// tr((W-Q) H (W-Q)^T) with the damped H of the factor, in the scale of the Gram given, and
    /// with W's dead columns taken as zero. It is 0 for methods that use no factor.
    public let squaredErrorDamped: Double

    /// Checks the result and counts its zeros.
    ///
    /// - throws: ``MethodError/notFinite(layer:)``.
    init(
        weight: consuming Matrix, quantized: consuming QuantizedColumns? = nil,
        groupIndex: [Int32]? = nil, squaredErrorDamped: Double = 0, layer: String
    ) throws(MethodError) {
        guard weight.isFinite(), squaredErrorDamped.isFinite else {
            throw .notFinite(layer: layer)
        }
        sparsity = Double(zeroCount(weight.elements)) / Double(weight.rows * weight.columns)
        self.weight = weight
        scales = quantized?.scalesByOutput
        zeros = quantized?.zerosByOutput
        codes = quantized?.codes
        self.groupIndex = groupIndex
        self.squaredErrorDamped = squaredErrorDamped
    }
}

/// The number of elements that are exactly zero.
func zeroCount(_ elements: Span<Float>) -> Int {
    var count = 0
    for i in elements.indices where elements[i] == 0 { count += 1 }
    return count
}
