/// What can be wrong with a model's files; each description says what, where, and what to do.
public enum CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The operating system does not give us the file.
    case unreadable(file: String, reason: String)
    /// A JSON text breaks the grammar, or one of our limits, at a byte offset.
    case malformedText(file: String, offset: Int, reason: String)
    /// The header of a safetensors file is not what the format allows.
    case malformedHeader(file: String, reason: String)
    /// One entry of a safetensors header is not what the format allows.
    case malformedTensor(file: String, tensor: String, reason: String)
    /// The file is shorter than its own header says; counts are bytes.
    case truncated(file: String, promised: Int, found: Int)
    /// The folder lacks a file that a checkpoint needs.
    case incompleteFolder(folder: String, reason: String)
    /// The folder holds weights in a format that is not read here.
    case unsupportedFormat(folder: String, reason: String)
    /// The index of a sharded checkpoint and its shards contradict each other.
    case inconsistentIndex(file: String, reason: String)
    /// An array of token ids is not one that is read here.
    case malformedArray(file: String, reason: String)
    /// A safetensors file with these tensors cannot be written.
    case invalidLayout(tensor: String, reason: String)
    /// The description of how a checkpoint is quantised is malformed, or asks for what is not
    /// read here.
    case unsupportedQuantization(file: String, reason: String)
    /// The tensors of a quantised layer are incomplete, contradict each other, or hold numbers
    /// that no quantiser makes.
    case malformedLayer(layer: String, reason: String)
    /// A quantised layer cannot be written in the wanted format without changing its weights.
    case unwritableLayer(layer: String, format: String, reason: String)
    /// A GGUF file's beginning is not what the format allows.
    case malformedGGUF(file: String, reason: String)
    /// A GGUF file of these keys and tensors cannot be written; `part` is the offender's name.
    case invalidGGUF(part: String, reason: String)
    /// An output file cannot be written.
    case unwritable(file: String, reason: String)
    /// The model, or its tokenizer, has no form in GGUF, or none that is known here.
    case noGGUFForm(reason: String)

    /// One sentence: what is wrong, where, and what to do about it.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file) cannot be read: \(reason); check the path and its permissions."
        case .malformedText(let file, let offset, let reason):
            "\(file) is not valid JSON at byte \(offset): \(reason); correct the file or fetch "
                + "it again."
        case .malformedHeader(let file, let reason):
            "\(file) is not a valid safetensors file: \(reason); fetch or write it again."
        case .malformedTensor(let file, let tensor, let reason):
            "\(file) describes tensor '\(tensor)' wrongly: \(reason); fetch or write it again."
        case .truncated(let file, let promised, let found):
            "\(file) is truncated: the header promises \(promised) bytes, the file has "
                + "\(found); fetch it again."
        case .incompleteFolder(let folder, let reason):
            "\(folder) is not a complete checkpoint: \(reason)."
        case .unsupportedFormat(let folder, let reason):
            "\(folder) holds no weights that can be read here: \(reason)."
        case .inconsistentIndex(let file, let reason):
            "\(file) contradicts its shards: \(reason); fetch the whole checkpoint again."
        case .malformedArray(let file, let reason):
            "\(file) does not hold token ids that can be read here: \(reason)."
        case .invalidLayout(let tensor, let reason):
            "tensor '\(tensor)' cannot be written to a safetensors file: \(reason)."
        case .unsupportedQuantization(let file, let reason):
            "\(file) describes a quantisation that cannot be read here: \(reason)."
        case .malformedLayer(let layer, let reason):
            "layer '\(layer)' is not properly quantised: \(reason)."
        case .unwritableLayer(let layer, let format, let reason):
            "layer '\(layer)' cannot be written as \(format): \(reason)."
        default: descriptionOfGGUF
        }
    }

    private var descriptionOfGGUF: String {
        switch self {
        case .malformedGGUF(let file, let reason):
            "\(file) is not a valid GGUF file: \(reason); fetch or write it again."
        case .invalidGGUF(let part, let reason):
            "'\(part)' cannot be written to a GGUF file: \(reason)."
        case .unwritable(let file, let reason):
            "\(file) cannot be written: \(reason)."
        case .noGGUFForm(let reason):
            "This model cannot be written as GGUF: \(reason)."
        default: "A checkpoint failed."
        }
    }
}
