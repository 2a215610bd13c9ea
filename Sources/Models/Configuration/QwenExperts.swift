/// The experts of Qwen's configurations, and which blocks have them.
struct QwenExperts: Sendable, Hashable {
    private let count: Int
    private let chosen: Int
    private let width: Int
    private let normalises: Bool
    /// A block each.
    private let isSparse: [Bool]

    /// Reads a configuration; `count`, `chosen` and `width` are the family's defaults.
    init(
        _ c: ModelConfiguration, blocks: Int, count: Int, chosen: Int, width: Int
    ) throws(ModelError) {
        let most = ExpertsLayout.expertsMax
        // transformers 5 writes Mixtral's name for Qwen3's experts too.
        let local = try c.size("num_local_experts", default: count, maximum: most)
        self.count = try c.size("num_experts", default: local, maximum: most)
        self.chosen = try c.size("num_experts_per_tok", default: chosen, maximum: self.count)
        self.width = try c.size(
            "moe_intermediate_size", default: width, maximum: DecoderSizes.sizeMax)
        try ExpertsLayout.check(
            experts: self.count, width: self.width, blocks: blocks, field: "num_experts")
        normalises = try c.flag("norm_topk_prob", default: false)
        let step = try c.size("decoder_sparse_step", default: 1, maximum: DecoderSizes.blocksMax)
        let dense = Set(try c.sizes("mlp_only_layers", maximum: DecoderSizes.blocksMax))
        isSparse = (0..<blocks).map { !dense.contains($0) && ($0 + 1).isMultiple(of: step) }
    }

    /// A block's feed-forward layer; a `sharedWidth` adds the expert that all tokens pass.
    func feedForward(
        _ parts: StandardParts, block: Int, sharedWidth: Int? = nil
    ) -> FeedForwardLayer {
        guard isSparse[block] else { return parts.feedForward() }
        let names = ExpertNames(
            router: "mlp.gate", experts: "mlp.experts", gate: "gate_proj", up: "up_proj",
            down: "down_proj")
        return parts.experts(
            names, count: count, width: width, chosen: chosen, normalises: normalises,
            sharedWidth: sharedWidth)
    }
}
