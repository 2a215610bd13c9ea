import Domain
import Foundation
import Glibc

/// What the kernel says of a file.
struct FileStatus: Hashable, Sendable {
    let byteCount: Int
    /// Bytes that it takes on the disk; less than its length where it has holes.
    let allocatedBytes: Int
    let inode: UInt64
    let accessedNanoseconds: Int
    let modifiedNanoseconds: Int

    init(_ status: stat) {
        byteCount = Int(status.st_size)
        allocatedBytes = Int(status.st_blocks) * 512
        inode = UInt64(status.st_ino)
        accessedNanoseconds = Self.nanoseconds(of: status.st_atim)
        modifiedNanoseconds = Self.nanoseconds(of: status.st_mtim)
    }

    /// The status of the file at `path`; nil when there is none.
    init?(of path: String) throws(BlobError) {
        guard let status = try SystemCall.status(of: path) else { return nil }
        self = status
    }

    /// The status of a file that must be there.
    static func required(of path: String) throws(BlobError) -> FileStatus {
        guard let status = try FileStatus(of: path) else {
            throw .system(call: "stat", path: path, errorNumber: ENOENT)
        }
        return status
    }

    /// When it was last used, or else written.
    var usedNanoseconds: Int { max(accessedNanoseconds, modifiedNanoseconds) }

    /// Whether the modification time is the one that ``BlobFile/mark(as:)`` gives to a whole blob;
    /// whoever writes to the file afterwards takes it away.
    func bearsMark(of digest: Digest) -> Bool {
        modifiedNanoseconds % 1_000_000_000 == Self.mark(of: digest)
    }

    /// The nanoseconds, less than one second, that mark the file of a blob.
    static func mark(of digest: Digest) -> Int {
        let number = digest.bytes.prefix(7).reduce(0) { $0 << 8 | Int($1) }
        return number % 1_000_000_000
    }

    func isSameContent(as other: FileStatus) -> Bool {
        byteCount == other.byteCount && modifiedNanoseconds == other.modifiedNanoseconds
    }

    /// Nanoseconds since 1970; dates beyond the years 1678...2262 are cut to these.
    static func nanoseconds(of date: Date) -> Int {
        let limit = 9.2e18
        return Int(min(max(date.timeIntervalSince1970 * 1e9, -limit), limit))
    }

    private static func nanoseconds(of time: timespec) -> Int {
        let seconds = Int(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        if seconds.overflow { return time.tv_sec < 0 ? Int.min : Int.max }
        let sum = seconds.partialValue.addingReportingOverflow(Int(time.tv_nsec))
        return sum.overflow ? Int.max : sum.partialValue
    }
}
