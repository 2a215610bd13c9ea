public import Domain
import Linalg

/// A model as dense tensors under their Hugging Face names, whatever it is stored as: a folder, a
/// folder of quantised layers, or a GGUF file. Tensors are made one at a time.
public struct DenseModel: Sendable {
    /// The tensors, sorted by name; the weights of quantised layers in the type in which engines
    /// compute with them, blocks of GGUF in F32.
    public let forms: [TensorForm]
    /// The bytes of a `config.json` that says nothing of quantisation.
    public let configuration: [UInt8]
    /// Other files that belong to the model and are made, not copied.
    public let madeFiles: [(name: String, bytes: [UInt8])]
    /// The names of files to copy from the folder it comes from.
    public let carriedFiles: [String]

    let origin: Origin

    enum Origin: Sendable {
        case folder(HuggingFaceFolder, QuantizedCheckpoint?)
        case gguf(GGUFFile, GGUFModel)
    }

    init(
        forms: [TensorForm], configuration: [UInt8],
        madeFiles: [(name: String, bytes: [UInt8])], carriedFiles: [String], origin: Origin
    ) {
        self.forms = forms.sorted { $0.name.precedesBytewise($1.name) }
        self.configuration = configuration
        self.madeFiles = madeFiles
        self.carriedFiles = carriedFiles
        self.origin = origin
    }

    /// Whether its weights are stored as something else than what it gives.
    public var isConverted: Bool {
        switch origin {
        case .folder(_, nil): false
        case .folder, .gguf: true
        }
    }

    /// The tensors as an architecture checks them; they stand in no file.
    public var references: [TensorReference] {
        forms.map {
            TensorReference(
                name: $0.name, file: "", shape: $0.shape, elementType: $0.elementType,
                byteRange: 0..<0)
        }
    }

    /// The index of the first element of a tensor that is NaN or infinite; nil when all are
    /// finite, and for integers.
    ///
    /// - Throws: as ``bytes(of:)``.
    public func firstNonFinite(of form: TensorForm) throws(CheckpointError) -> Int? {
        guard let type = ElementType(rawValue: form.elementType) else { return nil }
        return decodedNumbers(try bytes(of: form), as: type).firstIndex { !$0.isFinite }
    }

    /// The bytes of a tensor, little-endian, row by row.
    ///
    /// - Parameter form: one of `forms`.
    /// - Throws: `CheckpointError` when the files cannot be read or a layer is malformed.
    public func bytes(of form: TensorForm) throws(CheckpointError) -> [UInt8] {
        switch origin {
        case .folder(let folder, let checkpoint):
            return try Self.bytes(of: form, folder, checkpoint)
        case .gguf(let file, let model): return try Self.bytes(of: form, file, model)
        }
    }
}
