/// What a process said on standard error before it ended: the end of it, and the line that a
/// crash leaves (see `spokeshave_leave_last_words`).
struct LastWords: Sendable, Hashable {
    /// How much of the text is kept, in bytes.
    private static let bytesMax = 4_096
    private static let mark = "spokeshave-last-words"
    private static let outOfMemory = 12

    private var bytes: [UInt8] = []

    /// Takes more of what it says.
    mutating func append(_ more: [UInt8]) {
        bytes += more
        if bytes.count > 2 * Self.bytesMax { bytes.removeFirst(bytes.count - Self.bytesMax) }
    }

    /// Forgets what was said so far.
    mutating func clear() { bytes = [] }

    private var lines: [Substring] {
        String(decoding: bytes.suffix(Self.bytesMax), as: UTF8.self).split(separator: "\n")
    }

    private var facts: [String: Int] {
        guard let line = lines.last(where: { $0.hasPrefix(Self.mark) }) else { return [:] }
        var facts: [String: Int] = [:]
        for word in line.split(separator: " ").dropFirst() {
            let parts = word.split(separator: "=")
            if parts.count == 2, let number = Int(parts[1]) { facts[String(parts[0])] = number }
        }
        return facts
    }

    /// Whether the crash followed an allocation that the system refused.
    var tellOfNoMemory: Bool { facts["errno"] == Self.outOfMemory }

    /// Writable private memory at the crash, in bytes.
    var dataBytes: Int? { facts["data"] }

    /// The last thing that it said in words, cut to a line.
    var sentence: String? {
        let said = lines.last {
            !$0.hasPrefix(Self.mark) && !$0.allSatisfy(\.isWhitespace)
        }
        return said.map { String($0.prefix(400)) }
    }
}
