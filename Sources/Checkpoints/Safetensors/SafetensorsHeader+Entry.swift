extension SafetensorsHeader {
    /// Checks one entry: `{"dtype": …, "shape": […], "data_offsets": [begin, end]}`.
    static func reference(
        name: String,
        entry: JSONValue,
        file: String,
        dataOffset: Int
    ) throws(CheckpointError) -> TensorReference {
        func wrong(_ reason: String) -> CheckpointError {
            .malformedTensor(file: file, tensor: String(name.prefix(200)), reason: reason)
        }
        guard name.utf8.count <= nameBytesMax else {
            throw wrong("its name is longer than \(nameBytesMax) bytes")
        }
        guard case .object(let members) = entry, members.count == 3 else {
            throw wrong("its entry must hold dtype, shape and data_offsets and nothing else")
        }
        guard case .string(let typeName)? = members["dtype"] else {
            throw wrong("its dtype is missing")
        }
        guard let type = StoredElementType(rawValue: typeName) else {
            throw wrong("its dtype '\(typeName.prefix(40))' is unknown")
        }
        guard let shape = sizes(members["shape"]), shape.count <= extentsMax else {
            throw wrong("its shape is not a list of at most \(extentsMax) sizes")
        }
        guard let byteCount = type.byteCount(ofShape: shape) else {
            throw wrong("the bytes of shape \(shape) of \(typeName) overflow or are no whole bytes")
        }
        guard let offsets = sizes(members["data_offsets"]), offsets.count == 2 else {
            throw wrong("its data_offsets are not two offsets")
        }
        guard offsets[0] <= offsets[1] else {
            throw wrong("its data ends at \(offsets[1]), before it begins at \(offsets[0])")
        }
        guard offsets[1] - offsets[0] == byteCount else {
            throw wrong(
                "shape \(shape) of \(typeName) needs \(byteCount) bytes and its data_offsets "
                    + "span \(offsets[1] - offsets[0])"
            )
        }
        // Offsets beyond any disk could overflow once the header's size is added.
        guard offsets[1] <= Int.max - dataOffset else { throw wrong("its data ends too far out") }
        return TensorReference(
            name: name,
            file: file,
            shape: shape,
            elementType: typeName,
            byteRange: dataOffset + offsets[0]..<dataOffset + offsets[1]
        )
    }

    /// A list of integers of at least zero, or nil.
    private static func sizes(_ value: JSONValue?) -> [Int]? {
        guard case .array(let values)? = value else { return nil }
        var sizes: [Int] = []
        for value in values {
            guard case .integer(let size) = value, size >= 0 else { return nil }
            sizes.append(size)
        }
        return sizes
    }
}
