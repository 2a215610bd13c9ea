import Domain
import Foundation
import Synchronization

extension BlobStore {
    private static let touchNanoseconds = 60 * 1_000_000_000

    /// Finds the blob: own, own reference, alternates. A bad reference is passed over as long
    /// as another place has the blob.
    func locate(_ digest: Digest) throws(BlobError) -> BlobLocation {
        var error = BlobError.missing(digest)
        for place in 0...alternates.count {
            switch attempt(digest, in: place) {
            case .success(let found?): return found
            case .success(nil): break
            case .failure(let failure): if case .missing = error { error = failure }
            }
        }
        throw error
    }

    /// Looks in the own store (0) or in an alternate (1...).
    private func attempt(_ digest: Digest, in place: Int) -> Result<BlobLocation?, BlobError> {
        let layout = place == 0 ? layout : alternates[place - 1]
        do {
            return .success(try locate(digest, in: layout, isOwn: place == 0))
        } catch {
            return .failure(error)
        }
    }

    private func locate(
        _ digest: Digest, in layout: BlobLayout, isOwn: Bool
    ) throws(BlobError) -> BlobLocation? {
        let path = layout.data(digest)
        if let status = try FileStatus(of: path) {
            return BlobLocation(
                layout: layout, isOwn: isOwn, isReference: false, path: path, offset: 0,
                byteCount: status.byteCount, status: status)
        }
        guard let record = try layout.referenceRecord(of: digest) else { return nil }
        guard let status = try FileStatus(of: record.path), record.describes(status) else {
            throw .referenceChanged(path: record.path)
        }
        return BlobLocation(
            layout: layout, isOwn: isOwn, isReference: true, path: record.path,
            offset: record.offset, byteCount: record.byteCount, status: status)
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

    func needsVerification(_ digest: Digest, at location: BlobLocation) -> Bool {
        guard verification == .onFirstUse else { return false }
        if verified.withLock({ $0.contains(digest) }) { return false }
        let isFresh =
            location.isOwn && !location.isReference
            && location.status.modifiedNanoseconds > startNanoseconds
        return !isFresh
    }

    @discardableResult
    func verify(_ digest: Digest, at location: BlobLocation) throws(BlobError) -> BlobManifest {
        let recorded = location.recordedManifest(of: digest)
        var hasher = BlobHasher()
        let blob = try map(location, touching: false)
        hasher.update(blob.bytes)
        let manifest = hasher.finish()
        guard manifest.digest == digest else {
            verified.withLock { known in _ = known.remove(digest) }
            if location.isOwn { try quarantine(digest, at: location) }
            let chunk = recorded.flatMap { Self.firstDifference($0.chunks, manifest.chunks) }
            throw .corrupt(digest, path: location.path, chunk: chunk)
        }
        if recorded == nil, location.isOwn, !location.isReference, manifest.chunks.count > 1 {
            let path = layout.manifest(digest)
            try layout.write(manifest.canonicalBytes, to: path, synced: false)
        }
        markVerified(digest)
        return manifest
    }

    func markVerified(_ digest: Digest) {
        verified.withLock { known in _ = known.insert(digest) }
    }

    private func quarantine(_ digest: Digest, at location: BlobLocation) throws(BlobError) {
        try SystemCall.makeFolder(layout.quarantineFolder)
        let path = location.isReference ? layout.reference(digest) : layout.data(digest)
        let kind = location.isReference ? ".reference" : ""
        let unique = UUID().uuidString.lowercased()
        let target = "\(layout.quarantineFolder)/\(digest.hex)\(kind).\(unique)"
        try SystemCall.rename(path, to: target)
    }

    private static func firstDifference(_ left: [Digest], _ right: [Digest]) -> Int? {
        zip(left, right).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    }

    /// Gives a file that has been written its blob's name; keeps one that is already there.
    func publish(
        _ file: borrowing BlobFile, manifest: BlobManifest, synced: Bool
    ) throws(BlobError) -> BlobReference {
        let digest = manifest.digest
        let reference = BlobReference(digest: digest, byteCount: manifest.byteCount)
        let path = layout.data(digest)
        if let old = try FileStatus(of: path), old.byteCount == manifest.byteCount {
            if synced { try sync(existing: path) }
            // Says that it is wanted, before an eviction in another process looks at it.
            SystemCall.touch(path)
            try SystemCall.removeFile(file.path)
            return reference
        }
        let folder = layout.blobFolder(digest)
        let isNewFolder = try SystemCall.makeFolder(folder)
        if manifest.chunks.count > 1 {
            // Before the bytes, so that bytes under their name always have a manifest.
            try layout.write(
                manifest.canonicalBytes, to: layout.manifest(digest), synced: synced)
        }
        try file.forbidWriting()
        if synced { try file.sync() }
        try rename(file.path, to: path, byteCount: manifest.byteCount)
        if synced {
            try SystemCall.syncFolder(folder)
            if isNewFolder { try SystemCall.syncFolder(layout.blobsFolder) }
        }
        markVerified(digest)
        return reference
    }

    private func sync(existing path: String) throws(BlobError) {
        try BlobFile(reading: path).sync()
        let folder = path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)
        try SystemCall.syncFolder(String(folder))
    }

    private func rename(
        _ old: String, to new: String, byteCount: Int
    ) throws(BlobError) {
        do {
            try SystemCall.rename(old, to: new)
        } catch {
            // Two receipts share their partial file: the other one may have published it.
            guard let status = try FileStatus(of: new), status.byteCount == byteCount else {
                throw error
            }
        }
    }
}
