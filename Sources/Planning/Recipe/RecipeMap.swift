import Yams

/// A YAML mapping that knows its lines and which of its keys have been read.
struct RecipeMap {
    let line: Int
    private let what: String
    private var values: [String: Node] = [:]
    private var lines: [String: Int] = [:]

    init(_ node: Node, _ what: String) throws(PlanningError) {
        self.what = what
        line = node.mark?.line ?? 1
        guard case .mapping(let mapping) = node else {
            throw .recipe(line: line, problem: "\(what) must be a mapping of keys to values.")
        }
        for (key, value) in mapping {
            let keyLine = key.mark?.line ?? line
            guard let name = key.string else {
                throw .recipe(line: keyLine, problem: "A key of \(what) is not a word.")
            }
            guard values[name] == nil else {
                throw .recipe(
                    line: keyLine, problem: "\(what) has the key “\(name.prefix(64))” twice.")
            }
            values[name] = value
            lines[name] = keyLine
        }
    }

    func refuseUnknown(keys known: [String]) throws(PlanningError) {
        let unknown = values.keys.filter { !known.contains($0) }
        let first = unknown.min { (lines[$0] ?? 0, $0) < (lines[$1] ?? 0, $1) }
        guard let name = first else { return }
        // No name of ours is near to a longer one, and comparing takes its length squared.
        let near =
            name.utf8.count > 64 ? nil : known.min { distance($0, name) < distance($1, name) }
        let hint =
            near.map { distance($0, name) <= 3 ? " Did you mean “\($0)”?" : "" } ?? ""
        throw .recipe(
            line: lines[name] ?? line,
            problem: "\(what) has no key “\(name.prefix(64))”.\(hint) Known keys: "
                + known.sorted().joined(separator: ", ") + ".")
    }

    var keys: [String] { values.keys.sorted() }

    func has(_ key: String) -> Bool { values[key] != nil }

    func line(of key: String) -> Int { lines[key] ?? line }

    func node(_ key: String) -> Node? { values[key] }

    func isNull(_ key: String) -> Bool { values[key]?.null != nil && values[key]?.string != "~x" }

    func integer(
        _ key: String, default fallback: Int, in range: ClosedRange<Int>
    ) throws(PlanningError) -> Int {
        guard let node = values[key] else { return fallback }
        guard let value = node.int, range.contains(value) else {
            throw bad(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func number(
        _ key: String, default fallback: Double, in range: ClosedRange<Double>
    ) throws(PlanningError) -> Double {
        guard let node = values[key] else { return fallback }
        guard let value = node.float ?? node.int.map(Double.init), range.contains(value) else {
            throw bad(key, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func boolean(_ key: String, default fallback: Bool) throws(PlanningError) -> Bool {
        guard let node = values[key] else { return fallback }
        guard let value = node.bool else { throw bad(key, "true or false") }
        return value
    }

    func text(_ key: String) throws(PlanningError) -> String? {
        guard let node = values[key] else { return nil }
        guard let value = node.string, !value.isEmpty else { throw bad(key, "a word") }
        return value
    }

    func choice<Choice>(
        _ key: String, _ choices: KeyValuePairs<String, Choice>, default fallback: Choice
    ) throws(PlanningError) -> Choice {
        guard let node = values[key] else { return fallback }
        if let text = node.string, let found = choices.first(where: { $0.key == text }) {
            return found.value
        }
        throw bad(key, "one of " + choices.map(\.key).joined(separator: ", "))
    }

    func words(_ key: String, default fallback: [String]) throws(PlanningError) -> [String] {
        guard let node = values[key] else { return fallback }
        if let word = node.string { return [word] }
        guard case .sequence(let sequence) = node else { throw bad(key, "a list of words") }
        var words: [String] = []
        for item in sequence {
            guard let word = item.string else { throw bad(key, "a list of words") }
            words.append(word)
        }
        return words
    }

    func bad(_ key: String, _ expectation: String) -> PlanningError {
        .recipe(line: line(of: key), problem: "“\(key)” of \(what) must be \(expectation).")
    }

    /// Levenshtein's distance, for hints only.
    private func distance(_ left: String, _ right: String) -> Int {
        let a = Array(left), b = Array(right)
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                let change = previous[j] + (a[i] == b[j] ? 0 : 1)
                row.append(min(change, row[j] + 1, previous[j + 1] + 1))
            }
            previous = row
        }
        return previous[b.count]
    }
}
