/// A regular expression whose matching takes little time whatever it says.
///
/// Recipes and the configurations of quantised checkpoints come from outside, and their patterns
/// are matched against every layer: with the usual backtracking, `(a+)+x` alone would take years.
/// Here a pattern is followed for all positions of the text at once, and counts its steps. It
/// knows what those texts use, with Python's meaning: literals, `.`, classes, groups, `|`,
/// `* + ? {n,m}` (greedy or not), `^`, `$`, `\b`, `\B`, `\d \w \s \D \W \S`, lookahead; of
/// text it knows ASCII's classes only.
public struct TargetExpression: Sendable {
    /// The longest pattern in bytes.
    public static let bytesMax = 1_024
    /// How deep groups may be nested.
    static let depthMax = 32
    /// The largest number in braces.
    static let repeatsMax = 1_000
    /// Steps of one match; an honest pattern needs some thousands for a layer's name.
    static let stepsMax = 2_000_000

    /// A part of a pattern.
    indirect enum Part: Equatable, Sendable {
        case character(ByteSet)
        case sequence([Part])
        case choice([Part])
        case repeated(Part, atLeast: Int, atMost: Int?)
        case start
        case end
        case wordEdge(Bool)
        case lookahead(Part, isNegative: Bool)
    }

    private let pattern: Part

    /// A pattern; nil when it is none that is known here.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax else { return nil }
        var reader = TargetExpressionReader(Array(text.utf8))
        guard let part = reader.readAll() else { return nil }
        pattern = part
    }

    /// Whether it matches from the text's start on (`re.match`); nil when finding out takes more
    /// than ``stepsMax`` steps.
    public func matchesPrefix(of text: String) -> Bool? {
        var steps = Self.stepsMax
        return matchesPrefix(of: text, stepsLeft: &steps)
    }

    /// The same, with steps that several expressions share; nil when they are used up.
    func matchesPrefix(of text: String, stepsLeft: inout Int) -> Bool? {
        var match = TargetExpressionMatch(text: Array(text.utf8), stepsLeft: stepsLeft)
        defer { stepsLeft = match.stepsLeft }
        guard let ends = match.ends(of: pattern, from: [0]) else { return nil }
        return !ends.isEmpty
    }
}

/// One text, and the positions that a pattern may reach in it.
private struct TargetExpressionMatch {
    let text: [UInt8]
    private(set) var stepsLeft: Int

    init(text: [UInt8], stepsLeft: Int) { (self.text, self.stepsLeft) = (text, stepsLeft) }

    /// Where `part` may end when it begins at one of `starts`; nil when that took too long.
    mutating func ends(of part: TargetExpression.Part, from starts: Set<Int>) -> Set<Int>? {
        stepsLeft -= starts.count + 1
        guard stepsLeft >= 0 else { return nil }
        switch part {
        case .character(let bytes):
            let places = starts.filter { $0 < text.count && bytes.contains(text[$0]) }
            return Set(places.map { $0 + 1 })
        case .sequence(let parts):
            var places = starts
            for part in parts where !places.isEmpty {
                guard let next = ends(of: part, from: places) else { return nil }
                places = next
            }
            return places
        case .choice(let parts):
            var places: Set<Int> = []
            for part in parts {
                guard let found = ends(of: part, from: starts) else { return nil }
                places.formUnion(found)
            }
            return places
        case .repeated(let part, let least, let most):
            return ends(ofRepeated: part, least, most, from: starts)
        case .start: return starts.filter { $0 == 0 }
        case .end: return starts.filter { $0 == text.count }
        case .wordEdge(let isWanted):
            return starts.filter { (isWord($0 - 1) != isWord($0)) == isWanted }
        case .lookahead(let part, let isNegative):
            var places: Set<Int> = []
            for start in starts {
                guard let found = ends(of: part, from: [start]) else { return nil }
                if found.isEmpty == isNegative { places.insert(start) }
            }
            return places
        }
    }

    private mutating func ends(
        ofRepeated part: TargetExpression.Part, _ least: Int, _ most: Int?, from starts: Set<Int>
    ) -> Set<Int>? {
        var places = starts
        for _ in 0..<least where !places.isEmpty {
            guard let next = ends(of: part, from: places) else { return nil }
            places = next
        }
        var frontier = places
        var rounds = least
        while !frontier.isEmpty, most.map({ rounds < $0 }) ?? true {
            guard let next = ends(of: part, from: frontier) else { return nil }
            // Places that were reached before lead nowhere new.
            frontier = next.subtracting(places)
            places.formUnion(frontier)
            rounds += 1
        }
        return places
    }

    private func isWord(_ place: Int) -> Bool {
        text.indices.contains(place) && TargetExpressionReader.word.contains(text[place])
    }
}
