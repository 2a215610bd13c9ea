/// Steps through the bytes at the start of a GGUF file, a window at a time.
struct GGUFCursor {
    static let windowBytes = 1 << 20

    let file: String
    let fileByteCount: Int
    private let source: (Range<Int>) throws(CheckpointError) -> [UInt8]
    private(set) var position = 0
    private var window: [UInt8] = []
    private var windowStart = 0

    /// Reads from `source`, which gives any range within the file.
    init(
        file: String, fileByteCount: Int,
        source: @escaping (Range<Int>) throws(CheckpointError) -> [UInt8]
    ) {
        self.file = file
        self.fileByteCount = fileByteCount
        self.source = source
    }

    /// What the file has left.
    var remaining: Int { fileByteCount - position }

    func malformed(_ reason: String) -> CheckpointError {
        .malformedGGUF(file: file, reason: "\(reason), at byte \(position)")
    }

    /// The next bytes.
    mutating func take(_ count: Int) throws(CheckpointError) -> ArraySlice<UInt8> {
        precondition(count >= 0)
        guard count <= remaining else {
            let (promised, overflow) = position.addingReportingOverflow(count)
            throw .truncated(
                file: file, promised: overflow ? Int.max : promised, found: fileByteCount)
        }
        guard position + count <= GGUFHeader.headerBytesMax else {
            throw malformed("its header is longer than \(GGUFHeader.headerBytesMax) bytes")
        }
        if position + count > windowStart + window.count {
            let end = min(position + max(count, Self.windowBytes), fileByteCount)
            window = try source(position..<end)
            windowStart = position
        }
        let start = position - windowStart
        position += count
        return window[start..<start + count]
    }

    /// The next integer, little-endian.
    mutating func integer<T: FixedWidthInteger>(_: T.Type) throws(CheckpointError) -> T {
        var value: UInt64 = 0
        for byte in try take(T.bitWidth / 8).reversed() { value = value << 8 | UInt64(byte) }
        return T(truncatingIfNeeded: value)
    }

    /// The next count, of 64 bits and at most `maximum`.
    mutating func count(
        of what: String, atMost maximum: Int
    ) throws(CheckpointError) -> Int {
        let count = try integer(UInt64.self)
        guard count <= UInt64(maximum) else {
            throw malformed("it claims \(count) \(what) and at most \(maximum) are read")
        }
        return Int(count)
    }

    /// The next text, of at most so many bytes.
    mutating func string(
        _ what: String, bytesMax: Int
    ) throws(CheckpointError) -> String {
        let bytes = try take(try count(of: "bytes of \(what)", atMost: bytesMax))
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw malformed("\(what) is not valid UTF-8")
        }
        return text
    }

    /// The next number of a kind of values.
    mutating func valueType() throws(CheckpointError) -> GGUFValueType {
        let number = try integer(UInt32.self)
        guard let type = GGUFValueType(rawValue: number) else {
            throw malformed("the kind of value \(number) is unknown")
        }
        return type
    }
}
