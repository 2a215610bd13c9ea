import Domain
import Foundation

extension BlobStore {
    /// Looks at every file of the store and changes none.
    ///
    /// - Parameter verifying: whether all bytes are hashed too, which takes about 4 s per GB and
    ///   core without SHA instructions; by default only names, lengths and manifests are looked at.
    public func doctor(verifying: Bool = false) throws(BlobError) -> StoreHealth {
        var health = StoreHealth()
        for path in try layout.files(below: layout.blobsFolder) {
            try inspectBlobFile(path, verifying, &health)
        }
        for path in try layout.files(below: layout.referencesFolder) {
            try inspectReferenceFile(path, verifying, &health)
        }
        for name in try layout.names(in: layout.temporaryFolder) {
            let path = layout.temporaryFolder + "/" + name
            if name.hasSuffix(".part") {
                try add(.partialBlob, path, Digest(hex: String(name.dropLast(5))), &health)
            } else if let digest = BlobLayout.digest(ofLeaving: name) {
                try add(.abandonedFile, path, digest, &health)
            } else if TemporaryName.isAbandoned(name) {
                try add(.abandonedFile, path, nil, &health)
            } else if !TemporaryName.isOne(name) {
                try add(.foreignFile, path, nil, &health)
            }
        }
        for name in try layout.names(in: layout.quarantineFolder) {
            let path = layout.quarantineFolder + "/" + name
            try add(.quarantinedFile, path, Self.digest(ofQuarantined: name), &health)
        }
        health.findings.sort { ($0.path, $0.kind.rawValue) < ($1.path, $1.kind.rawValue) }
        return health
    }

    private func inspectBlobFile(
        _ path: String, _ verifying: Bool, _ health: inout StoreHealth
    ) throws(BlobError) {
        if let digest = BlobLayout.digest(ofManifest: path) {
            if try FileStatus(of: layout.data(digest)) == nil {
                try add(.orphanedManifest, path, digest, &health)
            }
            return
        }
        guard let digest = BlobLayout.digest(ofFile: path), path == layout.data(digest) else {
            return try add(.foreignFile, path, nil, &health)
        }
        // A blob may go while we look.
        guard let location = try locate(digest, in: 0) else { return }
        health.blobs += 1
        health.blobBytes += location.byteCount
        try inspect(digest, at: location, verifying, &health)
    }

    private func inspectReferenceFile(
        _ path: String, _ verifying: Bool, _ health: inout StoreHealth
    ) throws(BlobError) {
        if let digest = BlobLayout.digest(ofManifest: path) {
            if try FileStatus(of: layout.reference(digest)) == nil {
                try add(.orphanedManifest, path, digest, &health)
            }
            return
        }
        guard let digest = BlobLayout.digest(ofFile: path), path == layout.reference(digest) else {
            return try add(.foreignFile, path, nil, &health)
        }
        health.references += 1
        do {
            guard let location = try locate(digest, in: 1) else { return }
            try inspect(digest, at: location, verifying, &health)
        } catch {
            switch error {
            case .badReference: try add(.unreadableReference, path, digest, &health)
            case .referenceChanged: try add(.changedReference, path, digest, &health)
            default: throw error
            }
        }
    }

    private func inspect(
        _ digest: Digest, at location: BlobLocation, _ verifying: Bool,
        _ health: inout StoreHealth
    ) throws(BlobError) {
        let path = location.isReference ? layout.reference(digest) : location.path
        if BlobManifest.chunkCount(ofBytes: location.byteCount) > 1,
            location.recordedManifest(of: digest) == nil
        {
            let manifest = location.manifestPath(of: digest)
            let isThere = try FileStatus(of: manifest) != nil
            try add(isThere ? .damagedManifest : .missingManifest, manifest, digest, &health)
        }
        guard verifying else { return }
        health.verifiedBytes += location.byteCount
        if case .wrong = try examine(digest, at: location) {
            try add(location.isReference ? .damagedReference : .damagedBlob, path, digest, &health)
        }
    }

    private func add(
        _ kind: StoreFinding.Kind, _ path: String, _ digest: Digest?,
        _ health: inout StoreHealth
    ) throws(BlobError) {
        let count = try FileStatus(of: path)?.byteCount ?? 0
        health.findings.append(
            StoreFinding(kind: kind, path: path, digest: digest, byteCount: count))
    }
}
