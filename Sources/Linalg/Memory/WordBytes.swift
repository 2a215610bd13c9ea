/// The words' bytes, little-endian.
public func wordBytes(_ words: [UInt32]) -> [UInt8] {
    var copy: [UInt8] = []
    copy.reserveCapacity(words.count * 4)
    unsafe words.withUnsafeBytes { unsafe copy.append(contentsOf: $0) }
    return copy
}

/// The words of little-endian bytes, whose number must be a multiple of four.
public func words(of bytes: [UInt8]) -> [UInt32] {
    precondition(bytes.count.isMultiple(of: 4))
    return unsafe [UInt32](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
        unsafe bytes.withUnsafeBytes { source in
            unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
        }
        count = bytes.count / 4
    }
}

/// The numbers of stored elements; their bytes must be whole elements.
public func decodedNumbers(_ bytes: [UInt8], as type: ElementType) -> [Float] {
    precondition(bytes.count.isMultiple(of: type.byteCount))
    var numbers = [Float](repeating: 0, count: bytes.count / type.byteCount)
    var target = numbers.mutableSpan
    decode(unsafe bytes.span.bytes, as: type, into: &target)
    return numbers
}

/// The bytes of numbers as they are stored; rounding as in ``encode(_:as:into:)``.
public func encodedNumbers(_ numbers: [Float], as type: ElementType) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: numbers.count * type.byteCount)
    var target = bytes.mutableSpan
    encode(numbers.span, as: type, into: &target)
    return bytes
}
