internal import Linalg

/// Which blocks of a decoder see a sliding window and which all that is past.
struct SlidingWindows: Sendable, Hashable {
    private let window: Int?
    /// A block each.
    private let slides: [Bool]

    /// One window, or none, for all blocks.
    init(everywhere window: Int?, blocks: Int) {
        self.window = window
        slides = [Bool](repeating: true, count: blocks)
    }

    /// Reads `layer_types`, or takes the family's pattern where they are missing.
    ///
    /// A sliding block sees `window` tokens; where that is nil no block may slide. The pattern says
    /// whether a block slides if the configuration does not.
    init(
        _ c: ModelConfiguration, window: Int?, blocks: Int, pattern: (Int) -> Bool
    ) throws(ModelError) {
        let types = try c.texts("layer_types")
        guard types.isEmpty || types.count == blocks else {
            throw .invalidConfiguration(
                field: "layer_types",
                reason: "has \(types.count) entries for \(blocks) blocks"
            )
        }
        for type in types where type != "full_attention" && type != "sliding_attention" {
            throw .unsupportedConfiguration(
                field: "layer_types",
                reason: "holds '\(type.prefix(200))', and only full_attention and "
                    + "sliding_attention are supported"
            )
        }
        let slides =
            types.isEmpty
            ? (0..<blocks).map { window != nil && pattern($0) }
            : types.map { $0 == "sliding_attention" }
        guard window != nil || !slides.contains(true) else {
            throw .invalidConfiguration(
                field: "layer_types",
                reason: "holds sliding_attention although no sliding window is in use"
            )
        }
        (self.window, self.slides) = (window, slides)
    }

    /// Whether a block is one of those that slide.
    func isSliding(_ block: Int) -> Bool { slides[block] }

    /// What a token of a block attends to.
    func reach(ofBlock block: Int) -> AttentionReach {
        guard slides[block], let window else { return .causal }
        return .window(window)
    }
}

extension ModelConfiguration {
    /// `sliding_window`: null means none, and a missing one the family's default.
    func slidingWindow(default standard: Int?) throws(ModelError) -> Int? {
        guard mentions("sliding_window") else { return standard }
        guard has("sliding_window") else { return nil }
        return try size("sliding_window", default: nil, maximum: DecoderSizes.positionsMax)
    }
}
