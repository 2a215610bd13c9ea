/// Which layers a list of targets names, with the words of compressed-tensors.
///
/// A target is a whole name, `re:` and a pattern that matches from the name's start (Python's
/// `re.match`), or the class of module; of classes `Linear` alone is known, and every layer that
/// is asked about counts as one.
struct LayerTargets: Sendable, Hashable {
    /// How exactly a list names a layer; greater wins.
    enum Match: Int, Comparable {
        case byClass, byPattern, byName

        static func < (left: Match, right: Match) -> Bool { left.rawValue < right.rawValue }
    }

    /// The most bytes of all patterns of a configuration together.
    ///
    /// Read patterns take some seventy times as much memory; four thousand whole names have half
    /// a megabyte.
    static let patternBytesMax = 1 << 20

    /// The targets as they were written.
    let words: [String]
    private let names: Set<String>
    private let patterns: [Pattern]

    /// The bytes of all patterns together.
    var patternBytes: Int { patterns.reduce(0) { $0 + $1.word.utf8.count } }

    private struct Pattern: Sendable, Hashable {
        let word: String
        let expression: TargetExpression

        static func == (left: Pattern, right: Pattern) -> Bool { left.word == right.word }
        func hash(into hasher: inout Hasher) { hasher.combine(word) }
    }

    /// Reads a list; patterns are those of ``TargetExpression``.
    init(_ words: [String], file: String) throws(CheckpointError) {
        self.words = words
        names = Set(words.filter { !$0.hasPrefix("re:") })
        var patterns: [Pattern] = []
        var patternBytes = 0
        for word in words where word.hasPrefix("re:") {
            guard let expression = TargetExpression(String(word.dropFirst(3))) else {
                throw .unsupportedQuantization(
                    file: file,
                    reason: "“\(word.prefix(200))” is no regular expression of the kind that is "
                        + "understood here")
            }
            patterns.append(Pattern(word: word, expression: expression))
            patternBytes += word.utf8.count
            guard patterns.count <= QuantizationFields.patternsMax,
                patternBytes <= Self.patternBytesMax
            else {
                throw .unsupportedQuantization(
                    file: file,
                    reason: "it has more than \(QuantizationFields.patternsMax) patterns, or more "
                        + "than \(Self.patternBytesMax) bytes of them")
            }
        }
        self.patterns = patterns
    }

    /// How exactly the list names a layer; nil when it does not.
    ///
    /// All lists that are asked about one layer share `stepsLeft`, or thousands of patterns, each
    /// just within its bound, would take hours.
    func match(
        _ layer: String, file: String, stepsLeft: inout Int
    ) throws(CheckpointError) -> Match? {
        if names.contains(layer) { return .byName }
        for pattern in patterns {
            let found = pattern.expression.matchesPrefix(of: layer, stepsLeft: &stepsLeft)
            guard let isMatch = found else {
                throw .unsupportedQuantization(
                    file: file,
                    reason: "“\(pattern.word.prefix(200))” takes too long to match")
            }
            if isMatch { return .byPattern }
        }
        return names.contains("Linear") ? .byClass : nil
    }
}
