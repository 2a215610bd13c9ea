public import Domain
import Foundation

/// A text's perplexity under a model.
public struct EvaluationSummary: Hashable, Sendable, Codable {
    /// exp of the mean negative log-likelihood over all predictions.
    public let perplexity: Double
    /// The mean negative log-likelihood in nats per token.
    public let natsPerToken: Double
    /// Predictions that were scored: windows × (length − 1).
    public let tokens: Int
    /// Standard error of `perplexity`, from the spread between windows.
    public let standardError: Double
    /// Windows that were scored.
    public let windows: Int

    enum CodingKeys: String, CodingKey {
        case perplexity, tokens, windows
        case natsPerToken = "nats_per_token"
        case standardError = "standard_error"
    }

    /// Puts the windows of all shards together; nil without any.
    public init?(_ shards: [EvaluationFacts]) {
        let windows = shards.flatMap { facts in
            facts.sums.map { $0 / Double(facts.predictions) }
        }
        let sum = shards.reduce(0.0) { $0 + $1.sums.reduce(0, +) }
        let tokens = shards.reduce(0) { $0 + $1.sums.count * $1.predictions }
        guard tokens > 0 else { return nil }
        let mean = sum / Double(tokens)
        self.tokens = tokens
        self.windows = windows.count
        natsPerToken = mean
        perplexity = exp(mean)
        let count = Double(windows.count)
        let spread = windows.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = count > 1 ? (spread / (count - 1) / count).squareRoot() : 0
        standardError = perplexity * deviation
    }
}
