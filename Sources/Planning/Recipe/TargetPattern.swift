import Foundation

/// Says which layers a recipe's `targets` or `ignore` list names.
struct TargetPattern {
    private enum Rule {
        case everyLinear
        case expression(Regex<AnyRegexOutput>)
        case name(String)
    }

    private let rules: [Rule]

    init(_ words: [String], line: Int) throws(PlanningError) {
        var rules: [Rule] = []
        for word in words {
            if word == "Linear" {
                rules.append(.everyLinear)
            } else if word.hasPrefix("re:") {
                let source = String(word.dropFirst(3))
                guard let expression = try? Regex(source) else {
                    throw .recipe(
                        line: line, problem: "“\(word)” is no regular expression.")
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
    func matches(_ name: String) -> Bool {
        rules.contains { rule in
            switch rule {
            case .everyLinear: true
            case .name(let word): name == word || name.hasSuffix("." + word)
            case .expression(let expression):
                (try? expression.prefixMatch(in: name)) != nil
            }
        }
    }
}
