public import Domain
import Linalg

extension PackQuantized {
    /// Reads a layer back.
    ///
    /// - Parameters:
    ///   - layer: the layer's name, without `.weight`.
    ///   - tensors: the layer's tensors; others are not looked at.
    ///   - scheme: what the configuration says of the layer.
    ///   - version: the library's version in the configuration, which tells how codes of 3, 5, 6
    ///     and 7 bits are packed when the tensors' width does not.
    /// - Returns: the layer; a scale for the whole tensor is repeated for each output.
    /// - Throws: `CheckpointError.malformedLayer` when tensors are missing, of other types or
    ///   shapes than the scheme asks for, or hold numbers out of range.
    public static func read(
        layer: String, tensors: [StoredTensor], scheme: QuantizationScheme, version: String?
    ) throws(CheckpointError) -> QuantizedLinear {
        let parts = LayerTensors(layer, tensors)
        let (outputs, inputs) = try extents(parts)
        let packed = try parts.tensor("weight_packed", ["I32"])
        guard packed.form.shape.count == 2, packed.form.shape[0] == outputs else {
            throw parts.wrong(
                "the shape of its weight_packed is \(packed.form.shape), which does not begin "
                    + "with \(outputs) outputs")
        }
        let packing = BitPacking(
            bits: scheme.bits,
            layout: try layout(
                parts, bits: scheme.bits, inputs: inputs, width: packed.form.shape[1],
                version: version))
        let groups = scheme.groupCount(inputs: inputs)
        if let size = scheme.groupSize, !inputs.isMultiple(of: size) {
            throw parts.wrong("\(inputs) inputs are no multiple of its group size \(size)")
        }
        let (scales, scaleType) = try scales(parts, outputs: outputs, groups: groups, scheme)
        return try QuantizedLinear(
            outputs: outputs, inputs: inputs, scheme: scheme,
            codes: packing.unpack(
                words(of: packed.bytes), rows: outputs, columns: inputs, .alongRows),
            scales: scales, scaleType: scaleType,
            zeros: try zeros(parts, packing, outputs: outputs, groups: groups, scheme),
            groupIndex: try groupIndex(parts, inputs: inputs, scheme), layer: layer)
    }

    private static func extents(
        _ parts: LayerTensors
    ) throws(CheckpointError) -> (outputs: Int, inputs: Int) {
        let shape = try parts.tensor("weight_shape", ["I64", "I32"], shape: [2]).integers
        try QuantizedLinear.checkExtents(outputs: shape[0], inputs: shape[1], layer: parts.layer)
        return (shape[0], shape[1])
    }

    /// Which of the two packings of the library a width belongs to.
    private static func layout(
        _ parts: LayerTensors, bits: Int, inputs: Int, width: Int, version: String?
    ) throws(CheckpointError) -> BitPacking.Layout {
        let dense = BitPacking(bits: bits).wordCount(inputs)
        let whole = BitPacking(bits: bits, layout: .wholeCodes).wordCount(inputs)
        guard width == dense || width == whole else {
            throw parts.wrong(
                "its weight_packed has \(width) words a row and \(inputs) codes of \(bits) bits "
                    + "take \(dense)")
        }
        if dense != whole { return width == dense ? .dense : .wholeCodes }
        // One word holds the same bits either way, and so do widths that divide 32.
        if width == 1 || 32.isMultiple(of: bits) { return .dense }
        guard let version = version.flatMap(majorAndMinor) else {
            throw parts.wrong(
                "\(inputs) codes of \(bits) bits can be packed in two ways, and the configuration "
                    + "has no version that would tell which")
        }
        return version >= denseSince ? .dense : .wholeCodes
    }

    /// The first two numbers of "0.17.1.dev3".
    static func majorAndMinor(_ version: String) -> (major: Int, minor: Int)? {
        let numbers = version.split(separator: ".").prefix(2).map { Int($0) }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else {
            return nil
        }
        return (major, minor)
    }

    private static func scales(
        _ parts: LayerTensors, outputs: Int, groups: Int, _ scheme: QuantizationScheme
    ) throws(CheckpointError) -> ([Float], ElementType) {
        var tensor = try parts.tensor("weight_scale", LayerTensors.scaleTypes)
        let isForAll = scheme.groupSize == nil && tensor.form.shape == [1]
        if !isForAll {
            tensor = try parts.tensor(
                "weight_scale", LayerTensors.scaleTypes, shape: [outputs, groups])
        }
        guard let type = ElementType(rawValue: tensor.form.elementType) else {
            throw parts.wrong("the type of its scales is unknown")
        }
        let numbers = decodedNumbers(tensor.bytes, as: type)
        return (isForAll ? [Float](repeating: numbers[0], count: outputs) : numbers, type)
    }

    private static func zeros(
        _ parts: LayerTensors, _ packing: BitPacking, outputs: Int, groups: Int,
        _ scheme: QuantizationScheme
    ) throws(CheckpointError) -> [UInt8]? {
        guard !scheme.isSymmetric else {
            guard !parts.has("weight_zero_point") else {
                throw parts.wrong(
                    "its grid is called symmetric and it has a weight_zero_point")
            }
            return nil
        }
        let tensor = try parts.tensor(
            "weight_zero_point", ["I32"], shape: [packing.wordCount(outputs), groups])
        return packing.unpack(
            words(of: tensor.bytes), rows: outputs, columns: groups, .downColumns,
            wordsRun: .downColumns)
    }

    private static func groupIndex(
        _ parts: LayerTensors, inputs: Int, _ scheme: QuantizationScheme
    ) throws(CheckpointError) -> [Int32]? {
        guard scheme.activationOrder == .group else {
            guard !parts.has("weight_g_idx") else {
                throw parts.wrong(
                    "it has a weight_g_idx and its actorder is not “group”")
            }
            return nil
        }
        let tensor = try parts.tensor("weight_g_idx", ["I32"], shape: [inputs])
        return tensor.integers.map { Int32(truncatingIfNeeded: $0) }
    }
}
