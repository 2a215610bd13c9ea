import Foundation
import Glibc

/// What the kernel says of a file.
struct FileStatus: Hashable, Sendable {
    let byteCount: Int
    let accessedNanoseconds: Int
    let modifiedNanoseconds: Int

    init(_ status: stat) {
        byteCount = Int(status.st_size)
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
