/// A table for terminals: columns as wide as their widest cell, numbers to the right.
public struct TextTable: Sendable {
    private let header: [String]
    private var rows: [[String]] = []

    /// An empty table.
    public init(_ header: [String]) {
        precondition(!header.isEmpty)
        self.header = header
    }

    /// Adds a row; it has as many cells as the header.
    public mutating func add(_ row: [String]) {
        precondition(row.count == header.count)
        rows.append(row)
    }

    /// The table's lines, without trailing spaces.
    public var text: String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        let numeric = header.indices.map { column in
            !rows.isEmpty
                && rows.allSatisfy { $0[column].first.map { $0.isNumber || $0 == "-" } ?? true }
        }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                text += (column == 0 ? "" : "  ")
                text += numeric[column] ? padding + cell : cell + padding
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
        return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
    }
}
