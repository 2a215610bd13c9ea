/// A JSON object's text with one member added at its end, all else as it was to the byte.
///
/// - Parameters:
///   - key: the member's name, which the object must not have.
///   - value: the member's value.
///   - bytes: the object's text.
///   - file: the file's name, for the error.
/// - Returns: the new text.
/// - Throws: `CheckpointError` when the text is no JSON object or has such a member.
func inserting(
    _ key: String, _ value: JSONText, into bytes: [UInt8], file: String
) throws(CheckpointError) -> [UInt8] {
    guard case .object(let members) = try JSONValue.parse(bytes, file: file),
        let brace = bytes.lastIndex(of: UInt8(ascii: "}"))
    else { throw .malformedText(file: file, offset: 0, reason: "it is no object") }
    guard members[key] == nil else {
        throw .unsupportedQuantization(
            file: file,
            reason: "it has a \(key) already; start from the uncompressed model")
    }
    let space: Set<UInt8> = [0x20, 0x0A, 0x0D, 0x09]
    // Behind the last member, or behind the opening brace of an empty object.
    let end = (bytes[..<brace].lastIndex { !space.contains($0) } ?? 0) + 1
    let comma = members.isEmpty ? "" : ","
    let text = "\(comma)\n  \(quoted(key)): \(value.text(level: 1))"
    let tail = bytes[end..<brace].isEmpty ? [0x0A] + bytes[brace...] : bytes[end...]
    return bytes[..<end] + Array(text.utf8) + tail
}
