import Domain
import Foundation
import Synchronization

extension BlobStore {
    private static let touchNanoseconds = 60 * 1_000_000_000

    /// Where a blob may lie, in the order of asking: own copy, own reference, then the same of
    /// each alternate.
    var places: Range<Int> { 0..<2 * (alternates.count + 1) }

    /// Finds the blob. A bad reference is passed over as long as another place has the blob, and
    /// so is a copy of an alternate that was found damaged.
    func locate(_ digest: Digest) throws(BlobError) -> BlobLocation {
        var error = BlobError.missing(digest)
        for place in places {
            switch attempt(digest, in: place) {
            case .success(let found?): return found
            case .success(nil): break
            case .failure(let failure): if case .missing = error { error = failure }
            }
        }
        throw error
    }

    private func attempt(_ digest: Digest, in place: Int) -> Result<BlobLocation?, BlobError> {
        do { return .success(try locate(digest, in: place)) } catch { return .failure(error) }
    }

    /// Looks in one place.
    func locate(_ digest: Digest, in place: Int) throws(BlobError) -> BlobLocation? {
        let isOwn = place < 2
        let layout = isOwn ? layout : alternates[place / 2 - 1]
        let found =
            place % 2 == 0
            ? try copy(of: digest, in: layout, isOwn: isOwn)
            : try reference(to: digest, in: layout, isOwn: isOwn)
        guard let found, !isKnownDamaged(found) else { return nil }
        return found
    }

    private func copy(
        of digest: Digest, in layout: BlobLayout, isOwn: Bool
    ) throws(BlobError) -> BlobLocation? {
        let path = layout.data(digest)
        guard let status = try FileStatus(of: path) else { return nil }
        return BlobLocation(
            layout: layout, isOwn: isOwn, isReference: false, path: path, offset: 0,
            byteCount: status.byteCount, status: status)
    }

    private func reference(
        to digest: Digest, in layout: BlobLayout, isOwn: Bool
    ) throws(BlobError) -> BlobLocation? {
        guard let record = try layout.referenceRecord(of: digest) else { return nil }
        guard let status = try FileStatus(of: record.path), record.describes(status) else {
            throw .referenceChanged(path: record.path)
        }
        return BlobLocation(
            layout: layout, isOwn: isOwn, isReference: true, path: record.path,
            offset: record.offset, byteCount: record.byteCount, status: status)
    }

    private func isKnownDamaged(_ location: BlobLocation) -> Bool {
        // Own copies are put aside instead.
        !location.isOwn && distrusted.withLock { $0.contains(location.stamp) }
    }

    func map(_ location: BlobLocation, touching: Bool) throws(BlobError) -> MappedBlob {
        if touching { touch(location) }
        return try MappedBlob(
            path: location.path, offset: location.offset, byteCount: location.byteCount)
    }

    /// Records the use of an own copy, at most once a minute.
    func touch(_ location: BlobLocation) {
        guard location.isOwn, !location.isReference else { return }
        let now = FileStatus.nanoseconds(of: Date())
        let age = now.subtractingReportingOverflow(location.status.accessedNanoseconds)
        if age.overflow || age.partialValue > Self.touchNanoseconds {
            SystemCall.touch(location.path)
        }
    }
}
