import Checkpoints

/// Says which layers a recipe's `targets` or `ignore` list names.
struct TargetPattern {
    private enum Rule {
        case everyLinear
        case expression(TargetExpression)
        case name(String)
    }

    private let rules: [Rule]
    private let line: Int

    init(_ words: [String], line: Int) throws(PlanningError) {
        self.line = line
        var rules: [Rule] = []
        for word in words {
            if word == "Linear" {
                rules.append(.everyLinear)
            } else if word.hasPrefix("re:") {
                let source = String(word.dropFirst(3))
                guard let expression = TargetExpression(source) else {
                    throw .recipe(
                        line: line,
                        problem: "“\(word.prefix(200))” is no regular expression of the kind that "
                            + "recipes may use: literals, ., classes, groups, |, *, +, ?, {n,m}, "
                            + "^, $ and lookahead.")
                }
                rules.append(.expression(expression))
            } else {
                rules.append(.name(word))
            }
        }
        self.rules = rules
    }

    /// Whether the layer `name` is meant: by `Linear`, by its whole name, by its ending after a
    /// dot (`q_proj`), or by a pattern that matches from the start of the name, as in Python's
    /// `re.match`, which llm-compressor uses.
    func matches(_ name: String) throws(PlanningError) -> Bool {
        for rule in rules {
            switch rule {
            case .everyLinear: return true
            case .name(let word): if name == word || name.hasSuffix("." + word) { return true }
            case .expression(let expression):
                guard let isMatch = expression.matchesPrefix(of: name) else {
                    throw .recipe(
                        line: line,
                        problem: "A pattern of this step takes too long to match: write it "
                            + "without repetitions inside of repetitions.")
                }
                if isMatch { return true }
            }
        }
        return false
    }
}
