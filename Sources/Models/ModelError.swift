/// What can be wrong with a model or with what it is asked to do; one sentence each.
public enum ModelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The configuration names an architecture that is not in the catalogue.
    case unknownArchitecture(name: String, supported: [String])
    /// A field of `config.json` is missing, of the wrong kind or out of bounds.
    case invalidConfiguration(field: String, reason: String)
    /// A field of `config.json` asks for arithmetic that is not implemented here.
    case unsupportedConfiguration(field: String, reason: String)
    /// The folder's tensors are not those that the configuration calls for.
    case unexpectedTensors(reason: String)
    /// A tensor has another shape than the configuration says.
    case tensorShape(name: String, expected: [Int], found: [Int])
    /// A token id is not in the vocabulary; positions count from zero.
    case tokenOutOfRange(token: Int32, position: Int, vocabularySize: Int)
    /// A sequence is longer than the model's positions; counts are tokens.
    case sequenceTooLong(length: Int, maximum: Int)
    /// The architecture is an encoder and gives no logits.
    case noHead(modelType: String)
    /// The states handed to a segment or a head do not fit it or each other.
    case wrongState(reason: String)

    /// One sentence: what is wrong, where, and what to do about it.
    public var description: String {
        switch self {
        case .unknownArchitecture(let name, let supported):
            "The architecture '\(name)' is not supported; use one of: "
                + "\(supported.joined(separator: ", "))."
        case .invalidConfiguration(let field, let reason):
            "config.json: '\(field)' \(reason); correct it or fetch the model again."
        case .unsupportedConfiguration(let field, let reason):
            "config.json: '\(field)' \(reason)."
        case .unexpectedTensors(let reason):
            "The model's tensors do not match its config.json: \(reason)."
        case .tensorShape(let name, let expected, let found):
            "The tensor '\(name)' has the shape \(found) where the configuration calls for "
                + "\(expected); fetch the model again."
        case .tokenOutOfRange(let token, let position, let vocabularySize):
            "The token \(token) at position \(position) is not in the vocabulary of "
                + "\(vocabularySize); tokenise the text with the model's own tokenizer."
        case .sequenceTooLong(let length, let maximum):
            "A sequence of \(length) tokens is longer than the model's \(maximum) positions; "
                + "use shorter sequences."
        case .noHead(let modelType):
            "The architecture '\(modelType)' is an encoder: it ends with hidden states and has no "
                + "head that predicts tokens; measure it by its layers' errors."
        case .wrongState(let reason):
            "The states do not fit the model: \(reason); recompute them from the tokens."
        }
    }
}
