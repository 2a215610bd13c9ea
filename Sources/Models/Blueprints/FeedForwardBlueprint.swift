/// What stands in a block's second place.
enum FeedForwardLayer: Sendable, Hashable {
    case single(FeedForwardBlueprint)
    case experts(ExpertsBlueprint)

    /// The columns of the middle state.
    var middleWidth: Int {
        switch self {
        case .single(let layer): layer.width
        case .experts(let experts): experts.layout.columns
        }
    }
}

/// A feed-forward layer: activation(gate(x)) · up(x), or activation(up(x)), and a projection back.
struct FeedForwardBlueprint: Sendable, Hashable {
    /// Gate and up, one layer that holds their rows in this order, or up alone.
    let entries: [LinearLayer]
    let output: LinearLayer
    let isGated: Bool
    let activation: Activation

    /// In the order of execution.
    var layers: [LinearLayer] { entries + [output] }
    /// The columns of what is between its halves.
    var width: Int { output.inputs }
}
