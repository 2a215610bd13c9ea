public import Domain

/// How alike two encoders' embeddings of a text's windows are.
public struct EmbeddingSummary: Hashable, Sendable, Codable {
    /// The mean of the windows' cosines; 1 for embeddings of the same direction.
    public let meanCosine: Double
    /// The least of them.
    public let minimumCosine: Double
    /// Standard error of `meanCosine`, from the spread between windows.
    public let standardError: Double
    /// Windows that were compared.
    public let windows: Int

    enum CodingKeys: String, CodingKey {
        case windows
        case meanCosine = "mean_cosine"
        case minimumCosine = "minimum_cosine"
        case standardError = "standard_error"
    }

    /// Puts the windows of all shards together; nil without any.
    public init?(_ shards: [EmbeddingFacts]) {
        let cosines = shards.flatMap(\.cosines)
        guard let least = cosines.min() else { return nil }
        let count = Double(cosines.count)
        let mean = cosines.reduce(0, +) / count
        let spread = cosines.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        windows = cosines.count
        meanCosine = mean
        minimumCosine = least
        standardError = count > 1 ? (spread / (count - 1) / count).squareRoot() : 0
    }
}
