import Linalg

/// A segment of a pre-norm decoder block: norm, attention, projection and residual; norm, gated
/// unit, projection and residual.
final class DecoderSegment: BlockSegment {
    /// What the segment must know besides its weights.
    struct Plan: Sendable {
        let groups: Range<Int>
        let taps: Set<Int>
        let hiddenSize: Int
        /// The columns of the middle state at boundaries 1 and 3.
        let middleSizes: [Int: Int]
        let maximumPositions: Int

        func runs(_ group: Int) -> Bool { groups.contains(group) }
        func touches(_ group: Int) -> Bool { runs(group) || taps.contains(group) }
    }

    private let plan: Plan
    private let inputNorm: RMSNorm?
    private let attention: GroupedAttention?
    private let outputProjection: DenseLinear?
    private let gatedNorm: RMSNorm?
    private let gatedUnit: GatedUnit?
    private let downProjection: DenseLinear?

    init(
        plan: Plan,
        inputNorm: RMSNorm?,
        attention: GroupedAttention?,
        outputProjection: DenseLinear?,
        gatedNorm: RMSNorm?,
        gatedUnit: GatedUnit?,
        downProjection: DenseLinear?
    ) {
        self.plan = plan
        self.inputNorm = inputNorm
        self.attention = attention
        self.outputProjection = outputProjection
        self.gatedNorm = gatedNorm
        self.gatedUnit = gatedUnit
        self.downProjection = downProjection
    }

    typealias Tap = (Int, borrowing Matrix) throws -> Void

    func run(
        hidden: borrowing Matrix, middle: borrowing Matrix, sequenceLength: Int, onTap: Tap
    ) throws -> SegmentState {
        try check(hidden, middle, sequenceLength)
        var state = SegmentState()
        for group in plan.groups.lowerBound...min(plan.groups.upperBound, 3)
        where plan.touches(group) {
            if group.isMultiple(of: 2) {
                let made = try either(state.hidden, or: hidden) { x in
                    try enter(group, x, sequenceLength, onTap)
                }
                if plan.runs(group) { state.middle = made }
            } else {
                let made = try either(state.middle, or: middle) { m in
                    try leave(group, m, onTap)
                }
                if var made {
                    either(state.hidden, or: hidden) { add($0, to: &made) }
                    state.hidden = consume made
                    state.middle = nil
                }
            }
        }
        return state
    }

    /// Groups 0 and 2: the norm, then up to the middle state; nil when only the tap is wanted.
    private func enter(
        _ group: Int, _ x: borrowing Matrix, _ length: Int, _ onTap: Tap
    ) throws -> Matrix? {
        guard let norm = group == 0 ? inputNorm : gatedNorm else { return nil }
        let normed = norm.apply(x)
        if plan.taps.contains(group) { try onTap(group, normed) }
        guard plan.runs(group) else { return nil }
        return group == 0
            ? attention?.apply(normed, sequenceLength: length) : gatedUnit?.apply(normed)
    }

    /// Groups 1 and 3: the projection of the middle state, before the residual is added.
    private func leave(_ group: Int, _ m: borrowing Matrix, _ onTap: Tap) throws -> Matrix? {
        if plan.taps.contains(group) { try onTap(group, m) }
        guard plan.runs(group) else { return nil }
        let projection = group == 1 ? outputProjection : downProjection
        return projection?.apply(m)
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
        let start = plan.groups.lowerBound
        let columns = plan.middleSizes[start] ?? 0
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
