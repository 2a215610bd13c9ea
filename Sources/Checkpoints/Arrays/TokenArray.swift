/// Token ids in rows of equal length; a vector is one row.
public struct TokenArray: Sendable, Hashable {
    /// The largest number of ids that is read.
    public static let tokensMax = 1 << 30

    /// The number of sequences; one for a vector.
    public let rows: Int
    /// The ids of each sequence.
    public let columns: Int
    /// rows × columns ids, row after row.
    public let tokens: [Int32]

    /// Groups ids into rows; `tokens` must hold rows × columns of them.
    public init(rows: Int, columns: Int, tokens: [Int32]) {
        precondition(rows >= 0 && columns >= 0)
        precondition(tokens.count == rows * columns)
        (self.rows, self.columns, self.tokens) = (rows, columns, tokens)
    }

    /// The ids of one sequence.
    public func row(_ index: Int) -> ArraySlice<Int32> {
        tokens[index * columns..<(index + 1) * columns]
    }

    /// Rows and columns of a shape of one or two extents within the limit, or nil.
    static func extents(ofShape shape: [Int]) -> (rows: Int, columns: Int)? {
        guard let columns = shape.last, shape.count <= 2 else { return nil }
        let rows = shape.count == 2 ? shape[0] : 1
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        guard rows >= 0, columns >= 0, !overflow, count <= tokensMax else { return nil }
        return (rows, columns)
    }

    /// Little-endian signed integers of four or eight bytes, or nil if one is no 32-bit id.
    static func decode(_ bytes: ArraySlice<UInt8>, itemBytes: Int) -> [Int32]? {
        precondition(itemBytes == 4 || itemBytes == 8)
        precondition(bytes.count.isMultiple(of: itemBytes))
        var tokens: [Int32] = []
        tokens.reserveCapacity(bytes.count / itemBytes)
        var start = bytes.startIndex
        while start < bytes.endIndex {
            var word: UInt64 = 0
            for offset in 0..<itemBytes { word |= UInt64(bytes[start + offset]) << (8 * offset) }
            let value =
                itemBytes == 4
                ? Int64(Int32(truncatingIfNeeded: word)) : Int64(bitPattern: word)
            guard let token = Int32(exactly: value) else { return nil }
            tokens.append(token)
            start += itemBytes
        }
        return tokens
    }
}
