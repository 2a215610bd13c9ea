/// Where everything will lie in a GGUF file (version 3) that is to be written: its first bytes, and
/// the tensors that must follow in this order, each padded with zeros to the alignment.
public struct GGUFLayout: Sendable {
    /// The file's first bytes, up to where the tensors begin.
    public let headerBytes: [UInt8]
    /// The tensors as they lie in the file, in the order given.
    public let tensors: [TensorReference]
    /// The alignment of the tensors, in bytes.
    public let alignment: Int
    /// The size of the whole file in bytes, with the padding of the last tensor.
    public let totalBytes: Int

    /// Plans a file.
    ///
    /// - Parameters:
    ///   - metadata: keys and values, written in their order. `general.alignment` (a `.uint32`)
    ///     sets the alignment; the default is 32 bytes.
    ///   - tensors: name, type and shape (outermost extent first) of each tensor in its order.
    ///   - file: the file's name, for the references in `tensors`.
    /// - Throws: `CheckpointError.invalidGGUF` for a name or key that is empty, too long or stands
    ///   twice, rows that are no whole blocks, a size that overflows, a list of unlike values, or a
    ///   header over the reader's limits.
    public init(
        metadata: GGUFMetadata,
        tensors: [(name: String, type: GGUFTensorType, shape: [Int])],
        file: String = "model.gguf"
    ) throws(CheckpointError) {
        alignment = try Self.alignment(metadata)
        var bytes = Array("GGUF".utf8)
        bytes.append(littleEndian: UInt32(3))
        bytes.append(littleEndian: UInt64(tensors.count))
        bytes.append(littleEndian: UInt64(metadata.keys.count))
        try bytes.append(metadata)
        let places = try bytes.append(tensors, alignment: alignment)
        let padding = bytes.count.roundedUp(toMultipleOf: alignment) - bytes.count
        bytes += [UInt8](repeating: 0, count: padding)
        guard bytes.count <= GGUFHeader.headerBytesMax, tensors.count <= GGUFHeader.tensorsMax,
            metadata.keys.count <= GGUFHeader.keysMax
        else {
            throw .invalidGGUF(
                part: file,
                reason: "\(tensors.count) tensors, \(metadata.keys.count) keys and a header of "
                    + "\(bytes.count) bytes pass the format's limits")
        }
        headerBytes = bytes
        let base = bytes.count
        self.tensors = zip(tensors, places.ranges).map { tensor, range in
            TensorReference(
                name: tensor.name, file: file, shape: tensor.shape,
                elementType: tensor.type.rawValue,
                byteRange: base + range.lowerBound..<base + range.upperBound)
        }
        totalBytes = base + places.end
    }

    private static func alignment(_ metadata: GGUFMetadata) throws(CheckpointError) -> Int {
        let key = GGUFHeader.alignmentKey
        guard let value = metadata[key] else { return GGUFHeader.alignmentDefault }
        guard case .uint32(let number) = value, GGUFHeader.isAlignment(Int(number)) else {
            throw .invalidGGUF(
                part: key,
                reason: "it must be a uint32, a power of two from 8 to \(GGUFHeader.alignmentMax)")
        }
        return Int(number)
    }
}

extension [UInt8] {
    /// Appends the table of tensors; places count from the start of the data.
    fileprivate mutating func append(
        _ tensors: [(name: String, type: GGUFTensorType, shape: [Int])], alignment: Int
    ) throws(CheckpointError) -> (ranges: [Range<Int>], end: Int) {
        var names: Set<String> = []
        var ranges: [Range<Int>] = []
        var end = 0
        for (name, type, shape) in tensors {
            func wrong(_ reason: String) -> CheckpointError {
                .invalidGGUF(part: name, reason: reason)
            }
            guard !name.isEmpty, name.utf8.count <= GGUFHeader.nameBytesMax,
                names.insert(name).inserted
            else {
                throw wrong(
                    "the name is empty, longer than \(GGUFHeader.nameBytesMax) bytes, or stands "
                        + "twice")
            }
            guard shape.count <= GGUFHeader.extentsMax,
                let byteCount = type.byteCount(ofShape: shape)
            else {
                throw wrong(
                    "shape \(shape) has more than \(GGUFHeader.extentsMax) extents, or rows that "
                        + "are no whole blocks of \(type.rawValue)")
            }
            let (sum, overflow) = end.addingReportingOverflow(byteCount)
            // A quarter of the range leaves room for header and padding without more checks.
            guard !overflow, sum < Int.max / 4 else { throw wrong("the file would be too large") }
            append(text: name)
            append(littleEndian: UInt32(shape.count))
            for extent in shape.reversed() { append(littleEndian: UInt64(extent)) }
            append(littleEndian: type.id)
            append(littleEndian: UInt64(end))
            ranges.append(end..<sum)
            end = sum.roundedUp(toMultipleOf: alignment)
        }
        return (ranges, end)
    }

    fileprivate mutating func append(_ metadata: GGUFMetadata) throws(CheckpointError) {
        var elementsLeft = GGUFHeader.listElementsMax
        for key in metadata.keys {
            guard !key.isEmpty, key.utf8.count <= GGUFHeader.keyBytesMax,
                let value = metadata[key]
            else {
                throw .invalidGGUF(
                    part: String(key.prefix(200)), reason: "the key is empty or too long")
            }
            append(text: key)
            append(littleEndian: value.type.rawValue)
            guard append(value, elementsLeft: &elementsLeft, depth: 0) else {
                throw .invalidGGUF(
                    part: key,
                    reason: "a list holds unlike values or too many, is nested too deep, or a text "
                        + "is too long")
            }
        }
    }

    /// Appends a value without its kind; false when a reader would refuse it.
    private mutating func append(
        _ value: GGUFValue, elementsLeft: inout Int, depth: Int
    ) -> Bool {
        switch value {
        case .uint8(let number): append(number)
        case .int8(let number): append(littleEndian: number)
        case .uint16(let number): append(littleEndian: number)
        case .int16(let number): append(littleEndian: number)
        case .uint32(let number): append(littleEndian: number)
        case .int32(let number): append(littleEndian: number)
        case .uint64(let number): append(littleEndian: number)
        case .int64(let number): append(littleEndian: number)
        case .float32(let number): append(littleEndian: number.bitPattern)
        case .float64(let number): append(littleEndian: number.bitPattern)
        case .boolean(let flag): append(flag ? 1 : 0)
        case .string(let text):
            guard text.utf8.count <= GGUFHeader.textBytesMax else { return false }
            append(text: text)
        case .array(let type, let elements):
            elementsLeft -= elements.count
            guard elementsLeft >= 0, depth < GGUFHeader.listDepthMax else { return false }
            append(littleEndian: type.rawValue)
            append(littleEndian: UInt64(elements.count))
            for element in elements {
                guard element.type == type,
                    append(element, elementsLeft: &elementsLeft, depth: depth + 1)
                else { return false }
            }
        }
        return true
    }

    private mutating func append(text: String) {
        append(littleEndian: UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }

    fileprivate mutating func append(littleEndian number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: type(of: number).bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
