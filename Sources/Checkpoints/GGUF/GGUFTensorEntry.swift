/// One entry of the table of tensors, checked by itself.
struct GGUFTensorEntry {
    let name: String
    /// Outermost extent first.
    let shape: [Int]
    let type: GGUFTensorType
    let byteCount: Int
    /// Counted from the start of the data.
    let offset: UInt64

    /// Reads the whole table; names are unique.
    static func read(
        _ count: Int, _ cursor: inout GGUFCursor
    ) throws(CheckpointError) -> [GGUFTensorEntry] {
        var entries: [GGUFTensorEntry] = []
        var names: Set<String> = []
        for _ in 0..<count {
            let entry = try GGUFTensorEntry(&cursor)
            guard names.insert(entry.name).inserted else {
                throw .malformedTensor(
                    file: cursor.file, tensor: entry.name, reason: "its name stands twice")
            }
            entries.append(entry)
        }
        return entries
    }

    private init(_ cursor: inout GGUFCursor) throws(CheckpointError) {
        let name = try cursor.string("a tensor's name", bytesMax: GGUFHeader.nameBytesMax)
        let file = cursor.file
        func wrong(_ reason: String) -> CheckpointError {
            .malformedTensor(file: file, tensor: name, reason: reason)
        }
        let extentCount = try cursor.integer(UInt32.self)
        guard extentCount <= UInt32(GGUFHeader.extentsMax) else {
            throw wrong("it has \(extentCount) extents, more than \(GGUFHeader.extentsMax)")
        }
        var extents: [Int] = []
        for _ in 0..<extentCount {
            let extent = try cursor.integer(UInt64.self)
            guard let extent = Int(exactly: extent) else { throw wrong("an extent is \(extent)") }
            extents.append(extent)
        }
        let id = try cursor.integer(UInt32.self)
        guard let type = GGUFTensorType(id: id) else { throw wrong("its type \(id) is unknown") }
        // The file has the innermost extent first.
        shape = extents.reversed()
        guard let byteCount = type.byteCount(ofShape: shape) else {
            throw wrong(
                "shape \(shape) of \(type.rawValue) is no whole number of blocks, or overflows")
        }
        self.name = name
        self.type = type
        self.byteCount = byteCount
        offset = try cursor.integer(UInt64.self)
    }

    /// Checks that the tensors follow each other, and that the file holds them all.
    ///
    /// The padding after the last one may be missing: some writers leave it out.
    static func place(
        _ entries: [GGUFTensorEntry], dataOffset: Int, alignment: Int, _ cursor: GGUFCursor
    ) throws(CheckpointError) -> [TensorReference] {
        var end = 0
        var references: [TensorReference] = []
        for entry in entries {
            guard entry.offset == UInt64(end) else {
                throw .malformedTensor(
                    file: cursor.file, tensor: entry.name,
                    reason: "its offset is \(entry.offset) and the tensors before it end at \(end)")
            }
            let room = cursor.fileByteCount - dataOffset - end
            guard entry.byteCount <= room else {
                let (promised, overflow) = (dataOffset + end)
                    .addingReportingOverflow(entry.byteCount)
                throw .truncated(
                    file: cursor.file, promised: overflow ? Int.max : promised,
                    found: cursor.fileByteCount)
            }
            references.append(
                TensorReference(
                    name: entry.name, file: cursor.file, shape: entry.shape,
                    elementType: entry.type.rawValue,
                    byteRange: dataOffset + end..<dataOffset + end + entry.byteCount))
            end = (end + entry.byteCount).roundedUp(toMultipleOf: alignment)
        }
        return references
    }
}
