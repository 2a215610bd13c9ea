/// Rows of text under headings, as plain text or as Markdown; the first column is at the left.
struct Table {
    let headings: [String]
    /// Leading columns with words rather than numbers.
    var wordColumns = 1
    private(set) var rows: [[String]] = []

    init(_ headings: [String], wordColumns: Int = 1) {
        self.headings = headings
        self.wordColumns = wordColumns
    }

    mutating func add(_ row: [String]) {
        precondition(row.count == headings.count)
        rows.append(row)
    }

    func text(markdown: Bool) -> String {
        let widths = headings.indices.map { column in
            ([headings] + rows).map { $0[column].count }.max() ?? 0
        }
        var lines = [headings] + rows
        if markdown {
            let rule = headings.indices.map {
                $0 < wordColumns
                    ? String(repeating: "-", count: widths[$0])
                    : String(repeating: "-", count: max(1, widths[$0] - 1)) + ":"
            }
            lines.insert(rule, at: 1)
        }
        return lines.map { row in
            let cells = row.indices.map {
                padded(row[$0], to: widths[$0], atLeft: $0 < wordColumns)
            }
            guard markdown else { return cells.joined(separator: "  ").trimmingEnd() }
            return "| " + cells.joined(separator: " | ") + " |"
        }.joined(separator: "\n")
    }

    private func padded(_ cell: String, to width: Int, atLeft: Bool) -> String {
        let blanks = String(repeating: " ", count: width - cell.count)
        return atLeft ? cell + blanks : blanks + cell
    }
}

extension String {
    fileprivate func trimmingEnd() -> String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
