import Linalg

/// A segment of a block of two sublayers, attention and feed-forward: each enters a middle state
/// and leaves it by a projection and a residual.
final class TransformerSegment: BlockSegment {
    /// What the segment must know besides its weights.
    struct Plan: Sendable {
        let steps: Range<Int>
        /// Indices of groups, and the steps at which they stand.
        let taps: Set<Int>
        let tappedSteps: Set<Int>
        let hiddenSize: Int
        /// The columns of the middle state that is given.
        let middleSize: Int
        let maximumPositions: Int

        func runs(_ step: Int) -> Bool { steps.contains(step) }
        func touches(_ step: Int) -> Bool { runs(step) || tappedSteps.contains(step) }
    }

    private let plan: Plan
    /// Steps 0 and 2, and steps 1 and 3; nil where the segment does not touch them.
    private let entries: [SublayerEntry?]
    private let exits: [SublayerExit?]

    /// Loads what the plan runs of a block.
    init(_ plan: Plan, of block: BlockBlueprint, from tensors: any TensorProvider) throws {
        let loader = SublayerLoader(plan: plan, tensors: tensors)
        self.plan = plan
        entries = [
            try loader.entry(0, block.attentionNorms) { try loader.entryBody(block.attention) },
            try loader.entry(2, block.feedForwardNorms) { try loader.entryBody(block.feedForward) },
        ]
        exits = [
            try loader.exit(1, block.attentionNorms) {
                try loader.exitBody(block.attention.output, step: 1)
            },
            try loader.exit(3, block.feedForwardNorms) { try loader.exitBody(block.feedForward) },
        ]
    }

    func run(
        hidden: borrowing Matrix, middle: borrowing Matrix, sequenceLength: Int, onTap: Tap
    ) throws -> SegmentState {
        try check(hidden, middle, sequenceLength)
        var state = SegmentState()
        for step in plan.steps.lowerBound...min(plan.steps.upperBound, 3)
        where plan.touches(step) {
            if step.isMultiple(of: 2) {
                let made = try either(state.hidden, or: hidden) { x in
                    try entries[step / 2]?.run(x, sequenceLength: sequenceLength, onTap: onTap)
                }
                if plan.runs(step) { state.middle = made }
            } else {
                let made = try either(state.middle, or: middle) { m in
                    try either(state.hidden, or: hidden) { x in
                        try exits[step / 2]?.run(m, residual: x, onTap: onTap)
                    }
                }
                if plan.runs(step) {
                    state.hidden = made
                    state.middle = nil
                }
            }
        }
        return state
    }

    private func check(
        _ hidden: borrowing Matrix, _ middle: borrowing Matrix, _ length: Int
    ) throws {
        guard hidden.columns == plan.hiddenSize, hidden.rows > 0 else {
            throw ModelError.wrongState(
                reason: "the hidden state is \(hidden.rows) × \(hidden.columns) and "
                    + "\(plan.hiddenSize) columns are needed"
            )
        }
        guard length > 0, hidden.rows.isMultiple(of: length) else {
            throw ModelError.wrongState(
                reason: "\(hidden.rows) tokens are no whole sequences of \(length)")
        }
        guard length <= plan.maximumPositions else {
            throw ModelError.sequenceTooLong(length: length, maximum: plan.maximumPositions)
        }
        let (start, columns) = (plan.steps.lowerBound, plan.middleSize)
        let rows = columns == 0 ? 0 : hidden.rows
        guard middle.rows == rows, middle.columns == columns else {
            throw ModelError.wrongState(
                reason: "the middle state at boundary \(start) is \(middle.rows) × "
                    + "\(middle.columns) and \(rows) × \(columns) is needed"
            )
        }
    }
}

/// Gives the body what was made if there is anything, else what was given; neither is copied.
private func either<Result: ~Copyable>(
    _ made: borrowing Matrix?,
    or given: borrowing Matrix,
    _ body: (borrowing Matrix) throws -> Result
) rethrows -> Result {
    switch made {
    case .some(let made): try body(made)
    case .none: try body(given)
    }
}
