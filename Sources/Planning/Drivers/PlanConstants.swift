/// What partitions the work. Results depend on these, never on how many workers there are.
enum PlanConstants {
    /// Tokens of a calibration shard, as far as whole windows allow.
    static let calibrationShardTokens = 8_192
    /// Tokens of an evaluation shard.
    static let evaluationShardTokens = 4_096
    /// The smallest group that a group size may be narrowed to for a layer that it does not
    /// divide.
    static let groupSizeMin = 16

    /// Windows of `length` tokens in a shard of about `tokens` tokens.
    static func windows(per tokens: Int, length: Int) -> Int {
        max(1, tokens / length)
    }
}
