import Blobs
import Domain
import Linalg
import Models

/// Looks up the embedding of every token of a shard.
enum EmbedTokensTask: TaskKind {
    static let name = TaskNames.embedTokens
    static let version = 1

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(EmbedTokensParameters.self)
        let sequences = parameters.sequences
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: try context.bytes(of: "configuration"))
        let tensors = try BlobTensors(parameters.tensors, in: context)
        let tokens = try shardTokens(sequences, context)
        let type = try stateType(parameters.states)
        let writer = try context.writer(
            for: "hidden", bytes: sequences.tokens * architecture.hiddenSize * type.byteCount)
        for sequence in tokens {
            let hidden = try architecture.embed(tokens: sequence, from: tensors)
            try append(hidden, as: type, to: writer)
        }
        try context.finish(writer, as: "hidden")
        return Array("{}".utf8)
    }
}

/// The windows of a shard.
func shardTokens(_ sequences: SequenceRange, _ context: TaskContext) throws -> [[Int32]] {
    let blob = try context.open("tokens")
    let end = (sequences.first + sequences.count) * sequences.length
    guard blob.byteCount >= end * 4 else {
        throw TaskError.wrongSize(input: "tokens", bytes: blob.byteCount, expected: end * 4)
    }
    return (0..<sequences.count).map { index in
        let start = (sequences.first + index) * sequences.length
        return tokenIdentifiers(blob, start..<start + sequences.length)
    }
}
