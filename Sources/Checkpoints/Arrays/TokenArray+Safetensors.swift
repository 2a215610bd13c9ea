public import Foundation

extension TokenArray {
    /// Reads token ids from a safetensors file.
    ///
    /// - Parameters:
    ///   - url: the file.
    ///   - tensor: the name of an I32 or I64 tensor of one or two extents; nil, the default, takes
    ///     the only such tensor of the file.
    /// - Returns: the ids; a tensor of one extent is one row.
    /// - Throws: `CheckpointError` when the file is malformed, the tensor is missing, ambiguous or
    ///   of another type or shape, or an id does not fit in 32 bits.
    public static func read(
        safetensorsAt url: URL,
        tensor: String? = nil
    ) throws(CheckpointError) -> TokenArray {
        let name = url.lastPathComponent
        let header = try SafetensorsHeader.read(fileAt: url)
        let candidates = header.tensors.filter {
            ["I32", "I64"].contains($0.elementType) && extents(ofShape: $0.shape) != nil
                && (tensor == nil || $0.name == tensor)
        }
        guard let reference = candidates.first, candidates.count == 1,
            let (rows, columns) = extents(ofShape: reference.shape)
        else {
            let found = header.tensors.prefix(10)
                .map { "\($0.name): \($0.elementType) \($0.shape)" }.joined(separator: ", ")
            throw .malformedArray(
                file: name,
                reason: "exactly one I32 or I64 tensor of one or two extents"
                    + (tensor.map { " named '\($0)'" } ?? "")
                    + " is needed; it holds \(found.isEmpty ? "nothing" : found)"
            )
        }
        let bytes = try CheckpointFile(opening: url).read(reference.byteRange)
        guard let tokens = decode(bytes[...], itemBytes: reference.elementType == "I32" ? 4 : 8)
        else {
            throw .malformedArray(
                file: name,
                reason: "'\(reference.name)' holds a number beyond 32 bits; "
                    + "write token ids"
            )
        }
        return TokenArray(rows: rows, columns: columns, tokens: tokens)
    }
}
