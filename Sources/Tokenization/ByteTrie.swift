/// Byte strings with a number each, found by walking one byte at a time.
struct ByteTrie: Sendable {
    /// The node before the first byte.
    static let root: Int32 = 0

    /// (node, byte) to node.
    private var edges: PairTable
    /// The number of the string that ends at each node, -1 for none.
    private var numberAtNode: [Int32] = [-1]

    /// A trie for strings of together at most `byteCount` bytes.
    init(byteCount: Int) { edges = PairTable(capacity: byteCount) }

    /// Adds a string; of two that are spelled alike the first one counts.
    mutating func insert(_ string: [UInt8], _ number: Int32) {
        var node = Self.root
        for byte in string {
            let known = edges.value(node, Int32(byte))
            if known == PairTable.absent {
                let new = Int32(numberAtNode.count)
                numberAtNode.append(-1)
                edges.set(node, Int32(byte), to: UInt64(new))
                node = new
            } else {
                node = Int32(known)
            }
        }
        if numberAtNode[Int(node)] < 0 { numberAtNode[Int(node)] = number }
    }

    /// The node that the string leads to from the root; nil if no string begins so.
    func node(after string: [UInt8]) -> Int32? {
        var node = Self.root
        for byte in string {
            let next = edges.value(node, Int32(byte))
            guard next != PairTable.absent else { return nil }
            node = Int32(next)
        }
        return node
    }

    /// The longest string of at least one byte with which the range begins, continuing from a
    /// node: its number, and where it ends.
    func longestMatch(
        _ text: [UInt8], _ range: Range<Int>, from start: Int32 = root
    ) -> (number: Int32, end: Int)? {
        var node = start
        var longest: (number: Int32, end: Int)?
        for index in range {
            let next = edges.value(node, Int32(text[index]))
            guard next != PairTable.absent else { break }
            node = Int32(next)
            let number = numberAtNode[Int(node)]
            if number >= 0 { longest = (number, index + 1) }
        }
        return longest
    }
}
