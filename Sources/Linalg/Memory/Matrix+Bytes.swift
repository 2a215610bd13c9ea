extension Matrix {
    /// The elements as they lie in memory: rows × columns little-endian Float32.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { unsafe elements.bytes }
    }

    /// The bytes of `count` elements of row `r` from column `column` on.
    public func bytes(ofRow r: Int, from column: Int, count: Int) -> [UInt8] {
        precondition(column >= 0 && count >= 0 && column + count <= columns)
        var copy: [UInt8] = []
        let tail = row(r).extracting(column..<column + count)
        unsafe tail.withUnsafeBytes { unsafe copy.append(contentsOf: $0) }
        return copy
    }

    /// Fills row `r` from column `column` on with little-endian Float32 numbers.
    public mutating func decodeRow(_ r: Int, from column: Int, _ bytes: RawSpan) {
        let count = bytes.byteCount / 4
        precondition(column >= 0 && column + count <= columns)
        let numbers = Matrix(rows: 1, columns: count, decoding: bytes, as: .float32)
        let source = numbers.elements
        var target = mutableRow(r)
        for index in source.indices { target[column + index] = source[index] }
    }

    /// Replaces all elements by stored ones, rows × columns of them.
    public mutating func replace(decoding bytes: [UInt8], as type: ElementType) {
        var elements = mutableElements
        decode(unsafe bytes.span.bytes, as: type, into: &elements)
    }

    /// Decodes rows × columns elements of `type` from an array.
    public init(rows: Int, columns: Int, decoding bytes: [UInt8], as type: ElementType) {
        self.init(rows: rows, columns: columns, decoding: unsafe bytes.span.bytes, as: type)
    }
}

/// The numbers' bytes, little-endian.
public func float32Bytes(_ numbers: [Float]) -> [UInt8] {
    var copy: [UInt8] = []
    copy.reserveCapacity(numbers.count * 4)
    unsafe numbers.withUnsafeBytes { unsafe copy.append(contentsOf: $0) }
    return copy
}

/// The integers' bytes, little-endian.
public func int32Bytes(_ numbers: [Int32]) -> [UInt8] {
    var copy: [UInt8] = []
    copy.reserveCapacity(numbers.count * 4)
    unsafe numbers.withUnsafeBytes { unsafe copy.append(contentsOf: $0) }
    return copy
}
