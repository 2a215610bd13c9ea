/// Something of ours that reads bytes from outside: from a peer or from a file.
///
/// The raw values name the folders of `Fixtures/` and are the arguments of `scripts/fuzz`.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case workerRequest = "worker-request"
    case workerReply = "worker-reply"
    case clientRequest = "client-request"
    case clientReply = "client-reply"
    case blobRequest = "blob-request"
    case blobReply = "blob-reply"
    case sessionRequest = "session-request"
    case sessionReply = "session-reply"
    case sessionProblem = "session-problem"
    case blobManifest = "blob-manifest"
    case safetensors
    case gguf
    case ggufModel = "gguf-model"
    case folder
    case shardIndex = "shard-index"
    case tokens
    case tokenizer
    case modelConfiguration = "model-config"
    case recipe
    case specification
    case tokenFacts = "token-facts"

    /// How the bytes are built, which tells how to change them so that they stay readable.
    public enum Form: Sendable {
        /// Protocol buffers behind so many other bytes.
        case message(headBytes: Int)
        /// JSON or YAML.
        case text
        /// Numbers at fixed places.
        case binary
    }

    /// How the bytes of this target are built.
    public var form: Form {
        switch self {
        case .workerRequest, .workerReply, .clientRequest, .clientReply, .blobRequest, .blobReply:
            .message(headBytes: 0)
        case .sessionRequest, .sessionReply, .sessionProblem: .message(headBytes: 1)
        case .blobManifest, .tokens, .gguf, .ggufModel: .binary
        case .safetensors, .folder, .shardIndex, .tokenizer, .modelConfiguration, .recipe,
            .specification, .tokenFacts:
            .text
        }
    }

    /// How much memory reading one input may take beside the input: bytes.
    ///
    /// A tokenizer's table has a place for each id up to four million, whatever the file's size.
    public var memoryBytesMax: Int {
        self == .tokenizer ? 256 << 20 : 32 << 20
    }

    /// Reads `bytes`, and does with what was read what the program does with it.
    ///
    /// - Returns: whether the bytes were accepted; a refusal is as good.
    /// - Throws: ``Finding`` when what was read breaks a promise. Traps, hangs and allocations
    ///   are for the caller to notice.
    public func reads(_ bytes: [UInt8]) throws -> Bool {
        switch self {
        case .workerRequest, .workerReply, .clientRequest, .clientReply, .blobRequest, .blobReply:
            try readsMessage(bytes)
        case .sessionRequest, .sessionReply, .sessionProblem: try readsHandshake(bytes)
        case .blobManifest: try readsManifest(bytes)
        case .safetensors: try readsSafetensors(bytes)
        case .gguf: try readsGGUF(bytes)
        case .ggufModel: try readsGGUFModel(bytes)
        case .folder: try readsFolder(bytes)
        case .shardIndex: try readsShardIndex(bytes)
        case .tokens: try readsTokens(bytes)
        case .tokenizer: try readsTokenizer(bytes)
        case .modelConfiguration: try readsModelConfiguration(bytes)
        case .recipe: try readsRecipe(bytes)
        case .specification: try readsSpecification(bytes)
        case .tokenFacts: try readsTokenFacts(bytes)
        }
    }
}
