public import Domain

/// A tensor with its bytes, as it stands in a safetensors file.
public struct StoredTensor: Sendable, Hashable {
    /// Name, element type and shape.
    public let form: TensorForm
    /// The elements, little-endian, row by row.
    public let bytes: [UInt8]

    /// Joins a form and its bytes, whose number must be what the form says.
    public init(_ form: TensorForm, bytes: [UInt8]) {
        precondition(
            StoredElementType(rawValue: form.elementType)?.byteCount(ofShape: form.shape)
                == bytes.count)
        self.form = form
        self.bytes = bytes
    }

    /// The integers of an I32 or I64 tensor.
    var integers: [Int] {
        let width = form.elementType == "I64" ? 8 : 4
        return stride(from: 0, to: bytes.count, by: width).map { start in
            var word: UInt64 = 0
            for offset in 0..<width { word |= UInt64(bytes[start + offset]) << (8 * offset) }
            return width == 8
                ? Int(Int64(bitPattern: word)) : Int(Int32(truncatingIfNeeded: word))
        }
    }
}

extension TensorReference {
    /// Name, element type and shape, without the place.
    public var form: TensorForm {
        TensorForm(name: name, elementType: elementType, shape: shape)
    }
}

/// The tensors of one layer by the last part of their names: "weight_packed", "scales".
struct LayerTensors {
    let layer: String
    private let parts: [String: StoredTensor]

    init(_ layer: String, _ tensors: [StoredTensor]) {
        self.layer = layer
        var parts: [String: StoredTensor] = [:]
        for tensor in tensors where tensor.form.name.hasPrefix(layer + ".") {
            parts[String(tensor.form.name.dropFirst(layer.count + 1))] = tensor
        }
        self.parts = parts
    }

    func has(_ part: String) -> Bool { parts[part] != nil }

    func wrong(_ reason: String) -> CheckpointError {
        .malformedLayer(layer: layer, reason: reason)
    }

    /// The tensor, of one of these element types.
    func tensor(_ part: String, _ types: [String]) throws(CheckpointError) -> StoredTensor {
        guard let tensor = parts[part] else { throw wrong("its tensor \(part) is missing") }
        guard types.contains(tensor.form.elementType) else {
            throw wrong(
                "its \(part) is \(tensor.form.elementType) instead of "
                    + types.joined(separator: " or "))
        }
        return tensor
    }

    /// The tensor, of one of these element types and of exactly this shape.
    func tensor(
        _ part: String, _ types: [String], shape: [Int]
    ) throws(CheckpointError) -> StoredTensor {
        let tensor = try tensor(part, types)
        guard tensor.form.shape == shape else {
            throw wrong("the shape of its \(part) is \(tensor.form.shape) instead of \(shape)")
        }
        return tensor
    }

    /// The scales' numbers and their type.
    static let scaleTypes = ["F16", "BF16", "F32"]
}
