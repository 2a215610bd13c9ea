public import Domain
public import Foundation

extension BlobStore {
    /// Hashes a range of a file without copying it.
    ///
    /// - Throws: ``BlobError/outOfRange(path:offset:byteCount:fileBytes:)``, or
    ///   ``BlobError/referenceChanged(path:)`` when the file changed meanwhile.
    public static func hashRange(
        file: URL, offset: Int, byteCount: Int
    ) throws(BlobError) -> BlobManifest {
        guard byteCount <= Limits.blobBytesMax else { throw .tooLong(byteCount: byteCount) }
        let path = file.standardizedFileURL.path
        let before = try FileStatus.required(of: path)
        let range = try MappedBlob(path: path, offset: offset, byteCount: byteCount)
        var hasher = BlobHasher()
        hasher.update(range.bytes)
        guard try FileStatus.required(of: path).isSameContent(as: before) else {
            throw .referenceChanged(path: path)
        }
        return hasher.finish()
    }

    /// The same as the static function of this name.
    public func hashRange(
        file: URL, offset: Int, byteCount: Int
    ) throws(BlobError) -> BlobManifest {
        try Self.hashRange(file: file, offset: offset, byteCount: byteCount)
    }

    /// Makes a range of a file a blob of this store, without copying it.
    ///
    /// The file's length and modification time of now are kept; once they differ, opening
    /// throws ``BlobError/referenceChanged(path:)``.
    ///
    /// - Parameter manifest: what ``hashRange(file:offset:byteCount:)`` gave for the range.
    @discardableResult
    public func addReference(
        file: URL, offset: Int, byteCount: Int, manifest: BlobManifest
    ) throws(BlobError) -> BlobReference {
        let path = file.standardizedFileURL.path
        let status = try FileStatus.required(of: path)
        guard manifest.byteCount == byteCount else {
            throw .lengthMismatch(path: path, expected: manifest.byteCount, actual: byteCount)
        }
        let end = offset.addingReportingOverflow(byteCount)
        guard offset >= 0, !end.overflow, end.partialValue <= status.byteCount else {
            throw .outOfRange(
                path: path, offset: offset, byteCount: byteCount, fileBytes: status.byteCount)
        }
        let record = ReferenceRecord(
            path: path, offset: offset, byteCount: byteCount,
            modifiedNanoseconds: status.modifiedNanoseconds, fileBytes: status.byteCount)
        let digest = manifest.digest
        try layout.write(record, manifest: manifest, of: digest)
        return BlobReference(digest: digest, byteCount: byteCount)
    }

    /// Hashes a range of a file and makes it a blob of this store by reference.
    public func addReference(
        hashing file: URL, offset: Int, byteCount: Int
    ) throws(BlobError) -> BlobReference {
        let manifest = try hashRange(file: file, offset: offset, byteCount: byteCount)
        return try addReference(
            file: file, offset: offset, byteCount: byteCount, manifest: manifest)
    }
}
