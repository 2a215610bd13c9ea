import Blobs
import Domain
import Linalg
import Models

/// Sums the negative log-likelihoods of the windows of a shard.
///
/// Position t predicts token t + 1; the first token of a window is not predicted.
enum EvaluateHeadTask: TaskKind {
    static let name = TaskNames.evaluateHead
    static let version = 1

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(EvaluateHeadParameters.self)
        let sequences = parameters.sequences
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: try context.bytes(of: "configuration"))
        let head = try architecture.makeHead(
            tensors: try BlobTensors(parameters.tensors, in: context))
        let hidden = try StateReader(
            "hidden", width: architecture.hiddenSize, sequences, context)
        var sums: [Double] = []
        for (index, tokens) in try shardTokens(sequences, context).enumerated() {
            let rows = hidden.sequences(index..<index + 1)
            let losses = try head.negativeLogLikelihoods(
                hidden: rows.copy(rows: 0..<sequences.length - 1),
                targets: Array(tokens.dropFirst()))
            sums.append(losses.reduce(0, +))
        }
        guard sums.allSatisfy(\.isFinite) else {
            throw TaskError.notFinite(
                "The model's predictions are not finite (NaN or infinity): its weights are broken.")
        }
        return try CanonicalJSON.encode(
            EvaluationFacts(sums: sums, predictions: sequences.length - 1))
    }
}
