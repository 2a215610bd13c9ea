public import Linalg

/// Consecutive steps i..<j of one block with their weights loaded, run on some sequences at once.
///
/// The state of a block at boundary k is `hidden`, T × hidden size, and for odd k also `middle`:
/// at 1 the attention's output before its projection (T × heads · head dimension), at 3 the gated
/// activation (T × intermediate size), or those of the chosen experts with their numbers and
/// shares; see ``Architecture/middleWidth(inBlock:boundary:)``.
public protocol BlockSegment: Sendable {
    /// Runs the steps on the state at boundary i and gives what changed up to boundary j.
    ///
    /// - Parameters:
    ///   - hidden: T × hidden size: whole sequences, one after another.
    ///   - middle: what belongs to boundary i; 0 × 0 when i is even.
    ///   - sequenceLength: tokens of each sequence; T is a multiple of it.
    ///   - onTap: called in order for each tapped group with its linear input, before the group
    ///     runs: T × inputs, or the rows of the tokens that are routed to an expert, which may be
    ///     none. A tap of a group at step j is given although that does not run.
    /// - Returns: the parts of the state that are new.
    /// - Throws: `ModelError` when the states do not fit, and what `onTap` throws.
    func run(
        hidden: borrowing Matrix,
        middle: borrowing Matrix,
        sequenceLength: Int,
        onTap: (Int, borrowing Matrix) throws -> Void
    ) throws -> SegmentState
}

extension BlockSegment {
    /// Runs the groups on one sequence; see ``run(hidden:middle:sequenceLength:onTap:)``.
    public func run(
        hidden: borrowing Matrix,
        middle: borrowing Matrix,
        onTap: (Int, borrowing Matrix) throws -> Void
    ) throws -> SegmentState {
        try run(hidden: hidden, middle: middle, sequenceLength: hidden.rows, onTap: onTap)
    }
}
