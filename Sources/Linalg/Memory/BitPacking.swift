/// Codes of 1 to 8 bits in words of 32, least significant bits first.
///
/// A stream is a run of codes that follow each other in words of their own; the bits after its
/// last code are zero. Codes stand in a row-major matrix of bytes, words in one of `UInt32`; in
/// each the streams run along rows or down columns, which gives all the layouts that formats of
/// quantised weights use.
public struct BitPacking: Sendable, Hashable {
    /// What happens where a code does not fit into the rest of a word.
    public enum Layout: Sendable, Hashable {
        /// It goes on in the next word: code j occupies the bits j·b … j·b + b − 1 of its stream.
        case dense
        /// It begins in the next word: each word holds ⌊32 / b⌋ codes, and its high bits are zero.
        case wholeCodes
    }

    /// How streams run through a row-major matrix.
    public enum Direction: Sendable, Hashable {
        /// Each row is one stream.
        case alongRows
        /// Each column is one stream.
        case downColumns
    }

    /// Bits of one code, 1 to 8.
    public let bits: Int
    /// What happens at the end of a word.
    public let layout: Layout

    /// Describes a packing; `bits` must be 1 to 8, and the default layout is dense.
    public init(bits: Int, layout: Layout = .dense) {
        precondition((1...8).contains(bits))
        self.bits = bits
        self.layout = layout
    }

    /// The largest code: 2^bits - 1.
    public var maximumCode: UInt8 { UInt8((1 << bits) - 1) }

    /// The bits of a word that codes occupy.
    private var occupiedBits: Int {
        switch layout {
        case .dense: 32
        case .wholeCodes: 32 / bits * bits
        }
    }

    /// The words of a stream of `count` codes; `count` must not be negative.
    public func wordCount(_ count: Int) -> Int {
        precondition(count >= 0)
        switch layout {
        case .dense:
            // By runs of 32 codes, so that no product can overflow.
            return count / 32 * bits + (count % 32 * bits + 31) / 32
        case .wholeCodes:
            let codesPerWord = 32 / bits
            return count / codesPerWord + (count.isMultiple(of: codesPerWord) ? 0 : 1)
        }
    }

    /// Packs `rows` × `columns` codes.
    ///
    /// - Parameters:
    ///   - codes: row by row, none above `maximumCode`.
    ///   - rows: at least 0.
    ///   - columns: at least 0.
    ///   - direction: how the streams run through the codes.
    ///   - wordDirection: how they run through the words; the default is `alongRows`.
    /// - Returns: streams × `wordCount` words row by row, or `wordCount` × streams when the words
    ///   of a stream go down a column.
    public func pack(
        _ codes: [UInt8], rows: Int, columns: Int, _ direction: Direction,
        wordsRun wordDirection: Direction = .alongRows
    ) -> [UInt32] {
        precondition(rows >= 0 && columns >= 0 && codes.count == rows * columns)
        precondition(codes.reduce(0, |) <= maximumCode)
        let places = Places(rows: rows, columns: columns, direction)
        let perStream = wordCount(places.length)
        let targets = Places(streams: places.streams, length: perStream, wordDirection)
        var words = [UInt32](repeating: 0, count: places.streams * perStream)
        let source = codes.span
        var target = words.mutableSpan
        for stream in 0..<places.streams {
            pack(source, places.line(stream), into: &target, targets.line(stream))
        }
        return words
    }

    /// The codes that were packed into words; bits that no code occupies are not looked at.
    ///
    /// - Parameters:
    ///   - words: as many as `pack` gives for `rows` × `columns` codes.
    ///   - rows: at least 0.
    ///   - columns: at least 0.
    ///   - direction: how the streams run through the codes.
    ///   - wordDirection: how they run through the words; the default is `alongRows`.
    /// - Returns: `rows` × `columns` codes row by row.
    public func unpack(
        _ words: [UInt32], rows: Int, columns: Int, _ direction: Direction,
        wordsRun wordDirection: Direction = .alongRows
    ) -> [UInt8] {
        precondition(rows >= 0 && columns >= 0)
        let places = Places(rows: rows, columns: columns, direction)
        let perStream = wordCount(places.length)
        precondition(words.count == places.streams * perStream)
        let sources = Places(streams: places.streams, length: perStream, wordDirection)
        var codes = [UInt8](repeating: 0, count: rows * columns)
        let source = words.span
        var target = codes.mutableSpan
        for stream in 0..<places.streams {
            unpack(source, sources.line(stream), into: &target, places.line(stream))
        }
        return codes
    }

    private func pack(
        _ codes: Span<UInt8>, _ source: Line, into words: inout MutableSpan<UInt32>, _ target: Line
    ) {
        var (pending, filled): (UInt64, Int) = (0, 0)
        var (place, word) = (source.first, target.first)
        for _ in 0..<source.count {
            // Shifts stay below 64, which the masking operators need not ask.
            pending |= UInt64(codes[place]) &<< UInt64(filled)
            filled += bits
            place += source.step
            guard filled >= occupiedBits else { continue }
            words[word] = UInt32(truncatingIfNeeded: pending)
            word += target.step
            pending &>>= 32
            filled -= occupiedBits
        }
        if filled > 0 { words[word] = UInt32(truncatingIfNeeded: pending) }
    }

    private func unpack(
        _ words: Span<UInt32>, _ source: Line, into codes: inout MutableSpan<UInt8>, _ target: Line
    ) {
        let mask = UInt64(maximumCode)
        let occupied = UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(occupiedBits)) - 1)
        var (pending, available): (UInt64, Int) = (0, 0)
        var (place, word) = (target.first, source.first)
        for _ in 0..<target.count {
            if available < bits {
                pending |= UInt64(words[word] & occupied) &<< UInt64(available)
                available += occupiedBits
                word += source.step
            }
            codes[place] = UInt8(truncatingIfNeeded: pending & mask)
            place += target.step
            pending &>>= UInt64(bits)
            available -= bits
        }
    }
}

/// Where the elements of one stream stand in a flat buffer.
private struct Line {
    let first: Int
    let step: Int
    let count: Int
}

/// Where the elements of all streams stand in a row-major matrix.
private struct Places {
    let streams: Int
    let length: Int
    let direction: BitPacking.Direction

    init(streams: Int, length: Int, _ direction: BitPacking.Direction) {
        (self.streams, self.length, self.direction) = (streams, length, direction)
    }

    init(rows: Int, columns: Int, _ direction: BitPacking.Direction) {
        switch direction {
        case .alongRows: self.init(streams: rows, length: columns, direction)
        case .downColumns: self.init(streams: columns, length: rows, direction)
        }
    }

    func line(_ stream: Int) -> Line {
        switch direction {
        case .alongRows: Line(first: stream * length, step: 1, count: length)
        case .downColumns: Line(first: stream, step: streams, count: length)
        }
    }
}
