/// Where everything will lie in a safetensors file that is to be written, to the byte as the
/// reference writer lays it out; the caller streams the tensors in `order` behind `headerBytes`.
public struct SafetensorsLayout: Sendable {
    /// The file's first bytes: eight of length, then the JSON text padded with spaces to eight.
    public let headerBytes: [UInt8]
    /// The tensors as they lie in the file: largest items first, then by name.
    public let tensors: [TensorReference]
    /// The size of the whole file in bytes.
    public let totalBytes: Int
    private let ranges: [String: Range<Int>]

    /// The names in the order in which the tensors' bytes must be written, without gaps.
    public var order: [String] { tensors.map(\.name) }

    /// Plans a file.
    ///
    /// - Parameters:
    ///   - tensors: name, element type ("F32") and shape of each tensor, in any order.
    ///   - metadata: free texts; transformers insists on `"format": "pt"`, the default.
    ///   - file: the file's name, for the references in `tensors`.
    /// - Throws: `CheckpointError.invalidLayout` for an unknown element type, a repeated or
    ///   reserved name, a size that overflows, or a header over the reader's limits.
    public init(
        tensors: [(name: String, elementType: String, shape: [Int])],
        metadata: [String: String] = ["format": "pt"],
        file: String = "model.safetensors"
    ) throws(CheckpointError) {
        var entries: [Entry] = []
        for tensor in tensors { entries.append(try Entry(tensor)) }
        entries.sort {
            $0.type == $1.type
                ? $0.name.precedesBytewise($1.name) : $0.type.rank < $1.type.rank
        }
        try Self.place(&entries)
        let text = Self.text(entries, metadata: metadata)
        guard text.count <= SafetensorsHeader.headerBytesMax,
            entries.count <= SafetensorsHeader.tensorsMax
        else {
            throw .invalidLayout(
                tensor: entries.first?.name ?? "",
                reason: "the header of \(entries.count) tensors would pass the format's limits; "
                    + "write several shards"
            )
        }
        let length = UInt64(text.count)
        headerBytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + text
        let base = headerBytes.count
        var ranges: [String: Range<Int>] = [:]
        self.tensors = entries.map { entry in
            let range = base + entry.begin..<base + entry.begin + entry.byteCount
            ranges[entry.name] = range
            return TensorReference(
                name: entry.name,
                file: file,
                shape: entry.shape,
                elementType: entry.type.rawValue,
                byteRange: range
            )
        }
        totalBytes = self.tensors.last?.byteRange.upperBound ?? base
        self.ranges = ranges
    }

    /// The bytes of a tensor, counted from the start of the file; nil for an unknown name.
    public func byteRange(of name: String) -> Range<Int>? { ranges[name] }

    private struct Entry {
        let name: String
        let type: StoredElementType
        let shape: [Int]
        let byteCount: Int
        var begin = 0

        init(
            _ tensor: (name: String, elementType: String, shape: [Int])
        ) throws(CheckpointError) {
            func wrong(_ reason: String) -> CheckpointError {
                .invalidLayout(tensor: tensor.name, reason: reason)
            }
            guard tensor.name != "__metadata__",
                tensor.name.utf8.count <= SafetensorsHeader.nameBytesMax
            else { throw wrong("the name is reserved or too long; choose another") }
            guard let type = StoredElementType(rawValue: tensor.elementType) else {
                throw wrong("the element type '\(tensor.elementType)' is unknown")
            }
            guard tensor.shape.count <= SafetensorsHeader.extentsMax,
                let byteCount = type.byteCount(ofShape: tensor.shape)
            else { throw wrong("the shape \(tensor.shape) has no whole number of bytes") }
            (name, self.type, shape) = (tensor.name, type, tensor.shape)
            self.byteCount = byteCount
        }
    }

    private static func place(_ entries: inout [Entry]) throws(CheckpointError) {
        var names: Set<String> = []
        var end = 0
        for index in entries.indices {
            let entry = entries[index]
            guard names.insert(entry.name).inserted else {
                throw .invalidLayout(tensor: entry.name, reason: "its name stands twice")
            }
            entries[index].begin = end
            let (sum, overflow) = end.addingReportingOverflow(entry.byteCount)
            // A quarter of the range leaves room for the header without another check.
            guard !overflow, sum < Int.max / 4 else {
                throw .invalidLayout(tensor: entry.name, reason: "the file would be too large")
            }
            end = sum
        }
    }

    private static func text(_ entries: [Entry], metadata: [String: String]) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let texts = metadata.sorted { $0.key.precedesBytewise($1.key) }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        for entry in entries {
            let shape = entry.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(entry.name)):{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(entry.begin),\(entry.begin + entry.byteCount)]}"
            )
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        return text
    }
}
