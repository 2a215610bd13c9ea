import Domain
import Linalg

/// Takes the cosine between two encoders' embeddings of each window of a shard.
///
/// An embedding is the mean of the last hidden states of all tokens, as sentence encoders pool
/// them (arXiv 1908.10084); sums are in Float64.
enum CompareEmbeddingsTask: TaskKind {
    static let name = TaskNames.compareEmbeddings
    static let version = 1

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(CompareEmbeddingsParameters.self)
        let sequences = parameters.sequences
        let hidden = try StateReader("hidden", width: parameters.width, sequences, context)
        let reference = try StateReader("reference", width: parameters.width, sequences, context)
        let cosines = (0..<sequences.count).map { window in
            let batch = window..<window + 1
            return cosine(sum(hidden.sequences(batch)), sum(reference.sequences(batch)))
        }
        guard cosines.allSatisfy(\.isFinite) else {
            throw TaskError.notFinite(
                "An embedding is zero or not finite (NaN or infinity), so it has no direction: "
                    + "the weights of the model or of what it is compared with are broken.")
        }
        return try CanonicalJSON.encode(EmbeddingFacts(cosines: cosines))
    }

    /// The sum of the rows, which has the direction of their mean.
    private static func sum(_ states: borrowing Matrix) -> [Double] {
        var sums = [Double](repeating: 0, count: states.columns)
        for row in 0..<states.rows {
            let values = states.row(row)
            for column in sums.indices { sums[column] += Double(values[column]) }
        }
        return sums
    }

    private static func cosine(_ one: [Double], _ other: [Double]) -> Double {
        var (product, square, otherSquare) = (0.0, 0.0, 0.0)
        for (a, b) in zip(one, other) {
            product += a * b
            square += a * a
            otherSquare += b * b
        }
        // One root of both: equal embeddings give exactly 1.
        return product / (square * otherSquare).squareRoot()
    }
}
