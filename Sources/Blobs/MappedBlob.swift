// The fence of this target: every call that takes or gives a pointer is in this file.
import CSystem
import Crypto
import Foundation
import Glibc

/// A range of a file, mapped read-only into memory until the last reference is dropped.
///
/// Files of a store are never changed after they appear. A checkpoint file that is mapped by
/// reference and cut short by somebody meanwhile ends the process with SIGBUS.
@safe public final class MappedBlob: @unchecked Sendable {
    // Unchecked because of the pointer; nothing is ever written through it.
    private let mapping: UnsafeMutableRawPointer?
    private let mappedBytes: Int
    private let slack: Int
    /// The length in bytes.
    public let byteCount: Int

    /// Maps `byteCount` bytes at `offset` of the file at `path`.
    ///
    /// - Parameters:
    ///   - offset: any offset within the file; 0 by default.
    ///   - byteCount: the rest of the file by default; 0 is allowed.
    ///   - sequential: tells the kernel to read ahead far; true by default.
    /// - Throws: ``BlobError/outOfRange(path:offset:byteCount:fileBytes:)`` or
    ///   ``BlobError/system(call:path:errorNumber:)``.
    public init(
        path: String, offset: Int = 0, byteCount: Int? = nil, sequential: Bool = true
    ) throws(BlobError) {
        let file = try BlobFile(reading: path)
        let fileBytes = try file.status().byteCount
        let count = byteCount ?? max(0, fileBytes - max(0, offset))
        guard offset >= 0, count >= 0, offset <= fileBytes, count <= fileBytes - offset else {
            throw .outOfRange(
                path: path, offset: offset, byteCount: count, fileBytes: fileBytes)
        }
        self.byteCount = count
        slack = offset % Int(getpagesize())
        mappedBytes = count == 0 ? 0 : count + slack
        guard count > 0 else {
            unsafe mapping = nil
            return
        }
        let address = unsafe mmap(
            nil, mappedBytes, PROT_READ, MAP_PRIVATE, file.descriptor, off_t(offset - slack))
        guard let address = unsafe address, UInt(bitPattern: address) != UInt.max else {
            throw SystemCall.failure("mmap", path)
        }
        unsafe mapping = address
        if sequential { _ = unsafe madvise(address, mappedBytes, Int32(MADV_SEQUENTIAL)) }
    }

    deinit {
        if let address = unsafe mapping { _ = unsafe munmap(address, mappedBytes) }
    }

    /// The bytes; they live as long as this object.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            guard let address = unsafe mapping else { return RawSpan() }
            let buffer = unsafe UnsafeRawBufferPointer(start: address + slack, count: byteCount)
            return unsafe _overrideLifetime(buffer.bytes, borrowing: self)
        }
    }
}

extension SHA256 {
    /// Takes the next bytes without copying them.
    mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe update(bufferPointer: $0) }
    }
}

extension [UInt8] {
    /// The bytes, borrowed.
    var rawBytes: RawSpan {
        @_lifetime(borrow self)
        get { unsafe span.bytes }
    }

    /// Appends `bytes` in one go; element by element is slow in debug builds.
    mutating func append(copying bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }
}

/// The operating system's calls, with errors of this target.
enum SystemCall {
    /// The error of the call that has just failed.
    static func failure(_ call: String, _ path: String, needing bytes: Int = 0) -> BlobError {
        let number = errno
        if number == ENOSPC || number == EDQUOT { return .noSpace(path: path, neededBytes: bytes) }
        return .system(call: call, path: path, errorNumber: number)
    }

    static func open(_ path: String, flags: Int32, mode: mode_t) throws(BlobError) -> Int32 {
        while true {
            let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
            if descriptor >= 0 { return descriptor }
            guard errno == EINTR else { throw failure("open", path) }
        }
    }

    /// Writes all of `bytes` at `offset`.
    static func write(
        _ bytes: RawSpan, at offset: Int, to descriptor: Int32, path: String
    ) throws(BlobError) {
        var done = 0
        while done < bytes.byteCount {
            let rest = bytes.extracting(done..<bytes.byteCount)
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe pwrite(
                    descriptor, buffer.baseAddress, buffer.count, off_t(offset + done))
            }
            if count > 0 {
                done += count
            } else if errno != EINTR || count == 0 {
                throw failure("write", path, needing: rest.byteCount)
            }
        }
    }

    /// Reads exactly `count` bytes at `offset`.
    static func read(
        _ count: Int, at offset: Int, from descriptor: Int32, path: String
    ) throws(BlobError) -> [UInt8] {
        var ending = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            unsafe (filled, ending) = fill(buffer, at: offset, from: descriptor)
        }
        try check(bytes.count, of: count, ending, at: offset, path: path)
        return bytes
    }

    /// Reads exactly the bytes of `range` of `buffer`, which begin at `offset` of the file.
    static func read(
        into buffer: inout [UInt8], range: Range<Int>, at offset: Int, from descriptor: Int32,
        path: String
    ) throws(BlobError) {
        var filled = 0
        var ending = 0
        unsafe buffer.withUnsafeMutableBufferPointer {
            let part = unsafe UnsafeMutableBufferPointer(rebasing: $0[range])
            unsafe (filled, ending) = fill(part, at: offset, from: descriptor)
        }
        try check(filled, of: range.count, ending, at: offset, path: path)
    }

    /// Reads until the buffer is full, the file ends or a call fails; how much was read, and what
    /// the last call said.
    private static func fill(
        _ buffer: UnsafeMutableBufferPointer<UInt8>, at offset: Int, from descriptor: Int32
    ) -> (filled: Int, ending: Int) {
        var filled = 0
        var ending = 0
        while filled < buffer.count {
            let rest = unsafe UnsafeMutableBufferPointer(rebasing: buffer[filled...])
            ending = unsafe pread(
                descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
            if ending > 0 {
                filled += ending
            } else if ending == 0 || errno != EINTR {
                break
            }
        }
        return (filled, ending)
    }

    private static func check(
        _ filled: Int, of count: Int, _ ending: Int, at offset: Int, path: String
    ) throws(BlobError) {
        if filled == count { return }
        if ending < 0 { throw failure("read", path) }
        throw .outOfRange(
            path: path, offset: offset, byteCount: count, fileBytes: offset + filled)
    }

    /// What the kernel says of the file at `path`; nil when there is none.
    static func status(of path: String) throws(BlobError) -> FileStatus? {
        var status = stat()
        if unsafe stat(path, &status) == 0 { return FileStatus(status) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw failure("stat", path)
    }

    static func status(of descriptor: Int32, path: String) throws(BlobError) -> FileStatus {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure("stat", path) }
        return FileStatus(status)
    }

    static func rename(_ old: String, to new: String) throws(BlobError) {
        guard unsafe Glibc.rename(old, new) == 0 else { throw failure("rename", old) }
    }

    /// Removes a file; one that is not there is no error.
    static func removeFile(_ path: String) throws(BlobError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw failure("unlink", path) }
    }

    /// Makes a folder; whether it was not there before.
    @discardableResult
    static func makeFolder(_ path: String) throws(BlobError) -> Bool {
        if unsafe mkdir(path, 0o755) == 0 { return true }
        guard errno == EEXIST else { throw failure("mkdir", path) }
        return false
    }

    static func syncFolder(_ path: String) throws(BlobError) {
        let number = unsafe spokeshave_sync_folder(path)
        guard number == 0 else { throw .system(call: "fsync", path: path, errorNumber: number) }
    }

    /// Sets the modification time of an open file and leaves its access time.
    static func setModified(_ time: timespec, of descriptor: Int32) {
        let times = [timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2), time]
        // Where it cannot be set, the blob is only verified more often.
        _ = unsafe futimens(descriptor, times)
    }

    /// Sets the file's access time to now and leaves its modification time.
    static func touch(_ path: String) {
        // UTIME_NOW and UTIME_OMIT are casts in C, which Swift does not import.
        let times = [
            timespec(tv_sec: 0, tv_nsec: (1 << 30) - 1),
            timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2),
        ]
        // A store of another user cannot be touched; then only its order of eviction suffers.
        _ = unsafe utimensat(AT_FDCWD, path, times, 0)
    }

    /// The room on the disk that holds `path`, as this user may write to it.
    static func diskSpace(at path: String) throws(BlobError) -> DiskSpace {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { throw failure("statvfs", path) }
        func bytes(_ blocks: UInt64) -> Int {
            let product = blocks.multipliedReportingOverflow(by: UInt64(status.f_frsize))
            return product.overflow ? Int.max : Int(clamping: product.partialValue)
        }
        return DiskSpace(
            freeBytes: bytes(UInt64(status.f_bavail)), totalBytes: bytes(UInt64(status.f_blocks)))
    }
}
