import Linalg

/// Takes a group's linear input; see ``BlockSegment``.
typealias Tap = (Int, borrowing Matrix) throws -> Void

/// The first half of attention or of a feed-forward layer, without norms and taps.
protocol MiddleMaker: Sendable {
    /// T × hidden size to T × middle width; T is a multiple of the length.
    func middle(of normed: consuming Matrix, sequenceLength: Int) -> Matrix
}

/// The first half of a sublayer with its taps, without its norm.
protocol EntryBody: Sendable {
    /// - Returns: T × middle width; nil when the segment ends before.
    func middle(of normed: consuming Matrix, sequenceLength: Int, onTap: Tap) throws -> Matrix?
}

/// The second half of a sublayer with its taps, without residual and norms.
protocol ExitBody: Sendable {
    /// - Returns: T × hidden size; nil when the segment ends before.
    func projected(_ middle: borrowing Matrix, onTap: Tap) throws -> Matrix?
}

/// A first half in which all tokens go the same way.
struct SingleEntry: EntryBody {
    let group: Int
    let isTapped: Bool
    /// nil when only the tap is wanted.
    let maker: (any MiddleMaker)?

    func middle(
        of normed: consuming Matrix, sequenceLength: Int, onTap: Tap
    ) throws -> Matrix? {
        if isTapped { try onTap(group, normed) }
        return maker?.middle(of: normed, sequenceLength: sequenceLength)
    }
}

/// A second half in which all tokens go the same way.
struct SingleExit: ExitBody {
    let group: Int
    let isTapped: Bool
    /// nil when only the tap is wanted.
    let projection: DenseLinear?

    func projected(_ middle: borrowing Matrix, onTap: Tap) throws -> Matrix? {
        if isTapped { try onTap(group, middle) }
        return projection?.apply(middle)
    }
}

/// The first half of a sublayer: norm, and on to the middle state.
struct SublayerEntry: Sendable {
    let norm: Norm?
    let body: any EntryBody

    /// - Returns: T × middle width; nil when the segment ends before.
    func run(_ x: borrowing Matrix, sequenceLength: Int, onTap: Tap) throws -> Matrix? {
        try body.middle(of: normed(x), sequenceLength: sequenceLength, onTap: onTap)
    }

    private func normed(_ x: borrowing Matrix) -> Matrix {
        guard let norm else { return x.copy() }
        return norm.apply(x)
    }
}

/// The second half of a sublayer: projection, residual, and the norms around it.
struct SublayerExit: Sendable {
    let body: any ExitBody
    let outputNorm: Norm?
    let sumNorm: Norm?

    /// - Returns: T × hidden size; nil when the segment ends before.
    func run(
        _ middle: borrowing Matrix, residual: borrowing Matrix, onTap: Tap
    ) throws -> Matrix? {
        guard var made = try body.projected(middle, onTap: onTap) else { return nil }
        if let outputNorm { made = outputNorm.apply(made) }
        add(residual, to: &made)
        if let sumNorm { made = sumNorm.apply(made) }
        return made
    }
}
