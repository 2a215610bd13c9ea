public import Domain
import Foundation
import Linalg

extension DenseModel {
    /// Reads a folder's headers; its layers may be quantised.
    ///
    /// - Throws: `CheckpointError` when the description of the quantised layers is malformed or
    ///   not one that is read here.
    public init(_ folder: HuggingFaceFolder) throws(CheckpointError) {
        let checkpoint = try QuantizedCheckpoint.recognise(folder)
        guard let checkpoint else {
            self.init(
                forms: folder.tensors.map(\.form), configuration: folder.configuration,
                madeFiles: [], carriedFiles: folder.otherFiles,
                origin: .folder(folder, nil))
            return
        }
        var hidden: Set<String> = []
        var forms: [TensorForm] = []
        for layer in checkpoint.layers {
            hidden.formUnion(checkpoint.tensors(of: layer).map(\.name))
            guard checkpoint.tensors[layer + ".weight"] == nil else {
                throw .malformedLayer(
                    layer: layer, reason: "it has codes and a dense weight as well; remove one")
            }
            let extents = try checkpoint.extents(of: layer) {
                (tensor) throws(CheckpointError) in try Self.read(tensor, in: folder)
            }
            forms.append(
                TensorForm(
                    name: layer + ".weight", elementType: extents.scaleType,
                    shape: [extents.outputs, extents.inputs]))
        }
        forms += folder.tensors.filter { !hidden.contains($0.name) }.map(\.form)
        let left = ["config.json", GPTQConfiguration.fileName]
        self.init(
            forms: forms, configuration: try Self.withoutQuantization(folder.configuration),
            madeFiles: [],
            carriedFiles: folder.otherFiles.filter { !left.contains($0) },
            origin: .folder(folder, checkpoint))
    }

    static func bytes(
        of form: TensorForm, _ folder: HuggingFaceFolder, _ checkpoint: QuantizedCheckpoint?
    ) throws(CheckpointError) -> [UInt8] {
        if let tensor = folder.tensor(form.name) { return try read(tensor, in: folder) }
        guard let linear = try linear(of: form, folder, checkpoint),
            let type = ElementType(rawValue: form.elementType)
        else { preconditionFailure("\(form.name) is no tensor of the model") }
        return linear.dequantized().encoded(as: type)
    }

    /// The codes of a tensor; nil where it is stored as numbers.
    ///
    /// - Throws: `CheckpointError` when the layer is malformed or cannot be read.
    public func linear(of form: TensorForm) throws(CheckpointError) -> QuantizedLinear? {
        guard case .folder(let folder, let checkpoint) = origin else { return nil }
        return try Self.linear(of: form, folder, checkpoint)
    }

    private static func linear(
        of form: TensorForm, _ folder: HuggingFaceFolder, _ checkpoint: QuantizedCheckpoint?
    ) throws(CheckpointError) -> QuantizedLinear? {
        let layer = String(form.name.dropLast(".weight".count))
        guard let checkpoint, form.name.hasSuffix(".weight"),
            !checkpoint.tensors(of: layer).isEmpty
        else { return nil }
        return try checkpoint.linear(layer) { (tensor) throws(CheckpointError) in
            try read(tensor, in: folder)
        }
    }

    /// The bytes of a tensor as it is stored in a folder's file, or of a piece of one.
    ///
    /// - Throws: `CheckpointError` when the file cannot be read or is too short.
    public static func read(
        _ tensor: TensorReference, in folder: HuggingFaceFolder
    ) throws(CheckpointError) -> [UInt8] {
        let file = try CheckpointFile(opening: folder.url.appendingPathComponent(tensor.file))
        guard tensor.byteRange.upperBound <= file.byteCount else {
            throw .truncated(
                file: file.name, promised: tensor.byteRange.upperBound, found: file.byteCount)
        }
        return try file.read(tensor.byteRange)
    }

    /// The configuration without what it says of codes.
    private static func withoutQuantization(
        _ configuration: [UInt8]
    ) throws(CheckpointError) -> [UInt8] {
        guard case .object(var members) = try JSONValue.parse(configuration, file: "config.json")
        else {
            throw .malformedText(file: "config.json", offset: 0, reason: "it is no object")
        }
        members["quantization_config"] = nil
        return JSONValue.object(members).encoded() + [0x0A]
    }
}

extension QuantizedCheckpoint {
    /// How large a layer's weight is, and the element type of its scales, from small tensors only.
    ///
    /// - Throws: `CheckpointError.malformedLayer` when a tensor is missing or odd.
    func extents(
        of layer: String, read: (TensorReference) throws(CheckpointError) -> [UInt8]
    ) throws(CheckpointError) -> (outputs: Int, inputs: Int, scaleType: String) {
        func part(_ name: String) throws(CheckpointError) -> TensorReference {
            guard let tensor = tensors["\(layer).\(name)"] else {
                throw .malformedLayer(layer: layer, reason: "its tensor \(name) is missing")
            }
            return tensor
        }
        switch format {
        case .packQuantized:
            let shape = try part("weight_shape")
            // The type is asked first: of others the bytes are no whole integers.
            guard ["I64", "I32"].contains(shape.elementType), shape.shape == [2] else {
                throw .malformedLayer(layer: layer, reason: "its weight_shape is no pair")
            }
            let pair = StoredTensor(shape.form, bytes: try read(shape)).integers
            try QuantizedLinear.checkExtents(outputs: pair[0], inputs: pair[1], layer: layer)
            return (pair[0], pair[1], try part("weight_scale").elementType)
        case .gptq:
            let words = try part("qweight")
            guard let scheme = try scheme(of: layer), words.shape.count == 2,
                words.shape[0] <= QuantizedLinear.extentMax,
                (words.shape[0] * 32).isMultiple(of: scheme.bits)
            else {
                throw .malformedLayer(layer: layer, reason: "the shape of its qweight is odd")
            }
            let (outputs, inputs) = (words.shape[1], words.shape[0] * 32 / scheme.bits)
            try QuantizedLinear.checkExtents(outputs: outputs, inputs: inputs, layer: layer)
            return (outputs, inputs, try part("scales").elementType)
        }
    }
}
