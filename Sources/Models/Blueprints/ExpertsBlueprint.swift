/// A layer of experts of which a router chooses some for each token (arXiv 2101.03961,
/// 2401.04088), and maybe one that all tokens pass.
struct ExpertsBlueprint: Sendable, Hashable {
    /// An expert that every token passes, and the tensor of its gate, 1 × hidden size.
    struct Shared: Sendable, Hashable {
        let expert: FeedForwardBlueprint
        let gate: String
    }

    /// The router's weight, experts × hidden size; it is not compressed.
    let router: String
    /// All of one width.
    let experts: [FeedForwardBlueprint]
    /// How many experts a token passes.
    let chosen: Int
    /// Whether the shares of the chosen are divided by their sum.
    let normalises: Bool
    var shared: Shared?

    var hiddenSize: Int { experts[0].output.outputs }
    /// The experts, then the shared one.
    var all: [FeedForwardBlueprint] { experts + (shared.map { [$0.expert] } ?? []) }
    var widthMax: Int { all.map(\.width).max() ?? 0 }
    /// What is read besides the experts.
    var routing: [(name: String, shape: [Int])] {
        [(router, [experts.count, hiddenSize])]
            + (shared.map { [($0.gate, [1, hiddenSize])] } ?? [])
    }

    var layout: ExpertsLayout {
        ExpertsLayout(
            chosen: chosen, width: experts[0].width, sharedWidth: shared?.expert.width ?? 0)
    }
}

/// Where things stand in a row of the middle state of experts: the gated activations of the chosen
/// experts, best first, that of the shared one, the numbers of the chosen, their shares, and the
/// share of the shared.
///
/// The state says by itself where its parts go: what a router chose before its input was stored in
/// a narrower type cannot be found again from that.
struct ExpertsLayout: Sendable, Hashable {
    let chosen: Int
    let width: Int
    /// 0 without a shared expert.
    let sharedWidth: Int

    /// The largest number of experts whose indices every element type of a state holds exactly.
    static let expertsMax = 256

    /// Experts of all blocks together: each has three tensors with names to be kept.
    static let allExpertsMax = 1 << 16

    /// Throws when experts are so many that to name them all takes too much memory, or so many
    /// and so wide that counts of their elements could overflow.
    static func check(
        experts: Int, width: Int, blocks: Int, field: String
    ) throws(ModelError) {
        guard experts * blocks <= allExpertsMax else {
            throw .invalidConfiguration(
                field: field,
                reason: "makes \(experts) experts in each of \(blocks) blocks, more than "
                    + "\(allExpertsMax) in all"
            )
        }
        guard experts * width <= DecoderSizes.sizeMax else {
            throw .invalidConfiguration(
                field: field,
                reason: "makes \(experts) experts of \(width) columns, more than "
                    + "\(DecoderSizes.sizeMax) in all"
            )
        }
    }

    var columns: Int { number(0) + 2 * chosen + (sharedWidth > 0 ? 1 : 0) }
    var shared: Range<Int> { chosen * width..<chosen * width + sharedWidth }
    var sharedShare: Int { number(0) + 2 * chosen }

    func activations(_ slot: Int) -> Range<Int> { slot * width..<(slot + 1) * width }
    func number(_ slot: Int) -> Int { chosen * width + sharedWidth + slot }
    func share(_ slot: Int) -> Int { number(0) + chosen + slot }
}
