public import Linalg

/// What a segment has made: the new parts of a block's state at the segment's upper boundary.
public struct SegmentState: ~Copyable {
    /// T × hidden size; nil when the hidden state given to the segment is still the current one.
    public var hidden: Matrix?
    /// What belongs to an odd boundary; nil at even ones and when no group has run.
    public var middle: Matrix?

    /// Nothing new.
    public init() {
        hidden = nil
        middle = nil
    }
}
