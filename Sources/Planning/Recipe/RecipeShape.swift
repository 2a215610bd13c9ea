/// Refuses texts that the YAML reader could not stand.
///
/// It goes down by recursion, so that deep nesting would exhaust the stack, and it compares keys
/// whole, so that a few anchors that hold each other would take for ever. Both are seen here
/// without reading YAML, on the safe side: what is counted may stand in a comment or in quotes.
enum RecipeShape {
    /// The largest number of brackets and braces that may be open at once. Each may open two
    /// levels, as `[a: [a: [` does, and a thread's stack may be as small as 1 MiB.
    static let bracketsMax = 256
    /// How far to the right a line may begin.
    static let columnsMax = 64

    static func check(_ yaml: String) throws(PlanningError) {
        var line = 1
        var brackets = 0
        // What closes behind one of these may be a part of a text or of a comment.
        var isPlain = true
        var column = 0
        // Each nested block begins further to the right, after spaces, dashes or question marks.
        var isStillLeading = true
        var previous = UInt8(ascii: "\n")
        for byte in yaml.utf8 {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
                guard brackets <= bracketsMax else {
                    throw .recipe(
                        line: line,
                        problem: "Over \(bracketsMax) brackets are open here: write lists with "
                            + "dashes, one line an item.")
                }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if isPlain { brackets = max(0, brackets - 1) }
            case UInt8(ascii: "#"), UInt8(ascii: "'"), UInt8(ascii: "\""): isPlain = false
            case UInt8(ascii: "&") where separators.contains(previous):
                throw .recipe(
                    line: line,
                    problem: "Anchors (“&name”) are not read: write the text out each time.")
            default: break
            }
            isStillLeading = isStillLeading && leading.contains(byte)
            column += isStillLeading ? 1 : 0
            guard column <= columnsMax else {
                throw .recipe(
                    line: line,
                    problem: "This line begins more than \(columnsMax) columns from the left.")
            }
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                (column, isStillLeading, isPlain) = (0, true, true)
                line += byte == UInt8(ascii: "\n") ? 1 : 0
            }
            previous = byte
        }
    }

    private static let leading = Set(" \t-?:".utf8)
    private static let separators = Set(" \t\r\n[]{},:-?".utf8)
}
