extension GGUFCursor {
    /// The next value of a kind; lists take their elements from `elementsLeft`.
    mutating func value(
        _ type: GGUFValueType, elementsLeft: inout Int, depth: Int = 0
    ) throws(CheckpointError) -> GGUFValue {
        switch type {
        case .uint8: return .uint8(try integer(UInt8.self))
        case .int8: return .int8(try integer(Int8.self))
        case .uint16: return .uint16(try integer(UInt16.self))
        case .int16: return .int16(try integer(Int16.self))
        case .uint32: return .uint32(try integer(UInt32.self))
        case .int32: return .int32(try integer(Int32.self))
        case .uint64: return .uint64(try integer(UInt64.self))
        case .int64: return .int64(try integer(Int64.self))
        case .float32: return .float32(Float(bitPattern: try integer(UInt32.self)))
        case .float64: return .float64(Double(bitPattern: try integer(UInt64.self)))
        case .boolean: return .boolean(try boolean())
        case .string:
            return .string(try string("a text", bytesMax: GGUFHeader.textBytesMax))
        case .array: return try array(elementsLeft: &elementsLeft, depth: depth)
        }
    }

    private mutating func boolean() throws(CheckpointError) -> Bool {
        let byte = try integer(UInt8.self)
        guard byte <= 1 else { throw malformed("a truth value is \(byte)") }
        return byte == 1
    }

    private mutating func array(
        elementsLeft: inout Int, depth: Int
    ) throws(CheckpointError) -> GGUFValue {
        guard depth < GGUFHeader.listDepthMax else {
            throw malformed("lists are nested deeper than \(GGUFHeader.listDepthMax) levels")
        }
        let type = try valueType()
        let count = try count(of: "elements of lists", atMost: elementsLeft)
        elementsLeft -= count
        // So many values cannot follow in a shorter file: nothing is set aside for them.
        guard count <= remaining / type.bytesMin else {
            throw .truncated(
                file: file, promised: position + count * type.bytesMin, found: fileByteCount)
        }
        var elements: [GGUFValue] = []
        elements.reserveCapacity(count)
        for _ in 0..<count {
            elements.append(
                try value(type, elementsLeft: &elementsLeft, depth: depth + 1))
        }
        return .array(of: type, elements)
    }
}
