/// Splits text at the occurrences of a string.
struct LiteralSplit: Sendable, Equatable {
    /// What becomes of the matches; what lies between them is kept in any case.
    enum Behavior: String, Sendable {
        case removed = "Removed"
        case isolated = "Isolated"
        /// Matches next to one another are one piece.
        case contiguous = "Contiguous"
        /// A match belongs to the text before it, unless that is a match too.
        case mergedWithPrevious = "MergedWithPrevious"
        case mergedWithNext = "MergedWithNext"
    }

    private struct Run {
        var range: Range<Int>
        let isMatch: Bool
    }

    /// Never empty.
    let literal: [UInt8]
    let behavior: Behavior
    /// Takes what lies between the occurrences for the matches.
    let isInverted: Bool

    /// Appends the pieces of a piece of the text.
    func appendPieces(of text: [UInt8], _ piece: Range<Int>, to pieces: inout [Range<Int>]) {
        let runs = runs(of: text, piece)
        switch behavior {
        case .removed: pieces += runs.filter { !$0.isMatch }.map(\.range)
        case .isolated: pieces += runs.map(\.range)
        case .contiguous: pieces += Self.joined(runs) { $0.isMatch == $1.isMatch }
        case .mergedWithPrevious: pieces += Self.joined(runs) { $1.isMatch && !$0.isMatch }
        case .mergedWithNext: pieces += Self.joined(runs) { $0.isMatch && !$1.isMatch }
        }
    }

    private func runs(of text: [UInt8], _ piece: Range<Int>) -> [Run] {
        var runs: [Run] = []
        var start = piece.lowerBound
        var index = start
        while index <= piece.upperBound - literal.count {
            guard text[index] == literal[0],
                text[index..<(index + literal.count)].elementsEqual(literal)
            else {
                index += 1
                continue
            }
            if start < index { runs.append(Run(range: start..<index, isMatch: isInverted)) }
            start = index
            index += literal.count
            runs.append(Run(range: start..<index, isMatch: !isInverted))
            start = index
        }
        if start < piece.upperBound {
            runs.append(Run(range: start..<piece.upperBound, isMatch: isInverted))
        }
        return runs
    }

    /// The runs with neighbours joined of which `joins` says so, looking at no more than two.
    private static func joined(
        _ runs: [Run], where joins: (_ first: Run, _ second: Run) -> Bool
    ) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var previous: Run?
        for run in runs {
            if let previous, joins(previous, run), let start = pieces.last?.lowerBound {
                pieces[pieces.count - 1] = start..<run.range.upperBound
            } else {
                pieces.append(run.range)
            }
            previous = run
        }
        return pieces
    }
}
