public import Domain
import Foundation

/// What can go wrong with blobs.
public enum BlobError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No store at hand has the blob.
    case missing(Digest)
    /// The bytes at `path` are not what the blob's name says; `chunk` is the first wrong one,
    /// when that is known. The store's own copy has been moved to its quarantine folder.
    case corrupt(Digest, path: String, chunk: Int?)
    /// A checkpoint file changed after its bytes were hashed.
    case referenceChanged(path: String)
    /// The record of a blob by reference does not read back.
    case badReference(path: String)
    /// The disk that holds `path` is full.
    case noSpace(path: String, neededBytes: Int)
    /// The range does not lie within the file.
    case outOfRange(path: String, offset: Int, byteCount: Int, fileBytes: Int)
    /// The blob would be longer than ``Domain/Limits/blobBytesMax``.
    case tooLong(byteCount: Int)
    /// A writer was promised another length than it was given.
    case lengthMismatch(path: String, expected: Int, actual: Int)
    /// A received chunk has other bytes than the manifest says.
    case wrongChunk(Digest, chunk: Int)
    /// There is no chunk of that number.
    case noSuchChunk(Digest, chunk: Int, chunkCount: Int)
    /// A received blob was committed while chunks are missing.
    case incomplete(Digest, missingChunks: Int)
    /// The operating system refused a call.
    case system(call: String, path: String, errorNumber: Int32)

    /// One sentence: what, where, what to do.
    public var description: String {
        switch self {
        case .missing(let digest):
            "The blob \(digest.short) is in no store at hand; fetch it or compute it again."
        case .corrupt(let digest, let path, let chunk):
            "The blob \(digest.short) at \(path) has wrong bytes\(Self.place(chunk)); "
                + "fetch it again and check the disk."
        case .referenceChanged(let path):
            "The file \(path) changed after it was hashed; submit the job again."
        case .badReference(let path):
            "The reference record \(path) cannot be read; delete it and submit the job again."
        case .noSpace(let path, let needed):
            "The disk that holds \(path) is full (\(needed) more bytes are needed); make room "
                + "or lower the store's budget."
        case .outOfRange(let path, let offset, let byteCount, let fileBytes):
            "The range of \(byteCount) bytes at \(offset) does not lie within \(path), which "
                + "has \(fileBytes) bytes; the file was cut or is not the expected one."
        case .tooLong(let byteCount):
            "A blob of \(byteCount) bytes is over the limit of \(Limits.blobBytesMax); split it."
        case .lengthMismatch(let path, let expected, let actual):
            "The blob written to \(path) has \(actual) bytes where \(expected) were announced; "
                + "this is a fault of the task that writes it."
        default: chunkDescription
        }
    }

    private var chunkDescription: String {
        switch self {
        case .wrongChunk(let digest, let chunk):
            "Chunk \(chunk) of the blob \(digest.short) arrived with wrong bytes; fetch it "
                + "from another holder."
        case .noSuchChunk(let digest, let chunk, let count):
            "The blob \(digest.short) has \(count) chunks and no chunk \(chunk); "
                + "ask with its manifest at hand."
        case .incomplete(let digest, let missing):
            "The blob \(digest.short) still lacks \(missing) chunks; fetch them before commit."
        case .system(let call, let path, let number):
            "The system refused \(call) for \(path) (\(Self.text(of: number))); check the "
                + "folder's permissions and its disk."
        default: "A blob failed."
        }
    }

    private static func place(_ chunk: Int?) -> String {
        chunk.map { " (first in chunk \($0))" } ?? ""
    }

    private static func text(of number: Int32) -> String {
        POSIXErrorCode(rawValue: number).map { "error \(number), \($0)" } ?? "error \(number)"
    }
}
