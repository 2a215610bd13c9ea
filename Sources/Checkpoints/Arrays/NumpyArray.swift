public import Foundation

/// Reader of NumPy's `.npy` files of token ids: little-endian int32 or int64, one or two extents.
public enum NumpyArray {
    /// The longest description that is read, in bytes; NumPy's own need about a hundred.
    public static let descriptionBytesMax = 10_000

    /// Reads the ids.
    ///
    /// - Throws: `CheckpointError.malformedArray` for another format, element type, order or
    ///   number of extents, a wrong file size, or an id beyond 32 bits.
    public static func read(fileAt url: URL) throws(CheckpointError) -> TokenArray {
        let file = try CheckpointFile(opening: url)
        func wrong(_ reason: String) -> CheckpointError {
            .malformedArray(file: file.name, reason: reason)
        }
        let (description, dataOffset) = try describe(file)
        let itemBytes: Int
        switch quotedValue(of: "descr", in: description) {
        case "<i4": itemBytes = 4
        case "<i8": itemBytes = 8
        case let type:
            throw wrong("its type is \(type ?? "missing"); save little-endian int32 or int64")
        }
        guard let shape = shape(in: description),
            let (rows, columns) = TokenArray.extents(ofShape: shape)
        else { throw wrong("its shape is not one or two extents within the limits") }
        // Column order and row order are the same bytes only for a vector.
        guard shape.count == 1 || description.contains("'fortran_order': False") else {
            throw wrong("it is stored column by column; save numpy.ascontiguousarray of it")
        }
        let byteCount = rows * columns * itemBytes
        guard file.byteCount == dataOffset + byteCount else {
            throw wrong(
                "shape \(shape) needs \(dataOffset + byteCount) bytes and the file has "
                    + "\(file.byteCount); save it again"
            )
        }
        let bytes = try file.read(dataOffset..<dataOffset + byteCount)
        guard let tokens = TokenArray.decode(bytes[...], itemBytes: itemBytes) else {
            throw wrong("it holds a number beyond 32 bits; save token ids")
        }
        return TokenArray(rows: rows, columns: columns, tokens: tokens)
    }

    /// The text between the magic bytes and the data, and where the data begins.
    private static func describe(
        _ file: CheckpointFile
    ) throws(CheckpointError) -> (text: String, dataOffset: Int) {
        func wrong(_ reason: String) -> CheckpointError {
            .malformedArray(file: file.name, reason: reason)
        }
        let start = try file.read(0..<min(12, file.byteCount))
        guard start.count == 12, start[..<6].elementsEqual([0x93] + Array("NUMPY".utf8)),
            (1...3).contains(start[6])
        else { throw wrong("it is no .npy file of version 1 to 3; write it with numpy.save") }
        // Version 1 has two bytes of length, the later ones four.
        let prefix = start[6] == 1 ? 10 : 12
        let length = start[8..<prefix].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= descriptionBytesMax, prefix + length <= file.byteCount else {
            throw wrong("its description claims \(length) bytes; write it with numpy.save")
        }
        let text = try file.read(prefix..<prefix + length)
        return (String(decoding: text, as: UTF8.self), prefix + length)
    }

    /// `'descr': '<i4'` gives `<i4`.
    private static func quotedValue(of key: String, in text: String) -> String? {
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        guard let place = parts.firstIndex(where: { $0 == key }), place + 2 < parts.count else {
            return nil
        }
        return String(parts[place + 2])
    }

    /// `'shape': (2, 3)` gives `[2, 3]`, and `(7,)` gives `[7]`.
    private static func shape(in text: String) -> [Int]? {
        guard let key = text.range(of: "'shape':"),
            let open = text.range(of: "(", range: key.upperBound..<text.endIndex),
            let close = text.range(of: ")", range: open.upperBound..<text.endIndex)
        else { return nil }
        let items = text[open.upperBound..<close.lowerBound].split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let extents = items.compactMap { Int($0) }
        return extents.count == items.count && extents.allSatisfy { $0 >= 0 } ? extents : nil
    }
}
