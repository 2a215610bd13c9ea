/// Where the bytes of a blob by reference lie; kept as JSON.
struct ReferenceRecord: Codable, Hashable, Sendable {
    /// Absolute.
    let path: String
    let offset: Int
    let byteCount: Int
    /// The file's modification time when it was hashed, in nanoseconds since 1970.
    let modifiedNanoseconds: Int
    /// The file's whole length when it was hashed.
    let fileBytes: Int

    /// A path and four numbers; no record is longer.
    static let bytesMax = 65_536

    /// Whether the numbers make sense, whatever the file says now.
    var isSound: Bool {
        offset >= 0 && byteCount >= 0 && offset <= fileBytes && byteCount <= fileBytes - offset
    }

    func describes(_ status: FileStatus) -> Bool {
        status.byteCount == fileBytes && status.modifiedNanoseconds == modifiedNanoseconds
    }
}
