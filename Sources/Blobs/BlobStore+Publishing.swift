import Domain
import Foundation
import Synchronization

extension BlobStore {
    /// Gives a file that has been written its blob's name. One that is already there is kept only
    /// when this store has verified it; else the new one, just hashed, takes its place.
    ///
    /// After an error nothing of the new file is left: what could not be synced may be gone, and
    /// asking the system again would not say so.
    func publish(
        _ file: borrowing BlobFile, manifest: BlobManifest, synced: Bool
    ) throws(BlobError) -> BlobReference {
        do {
            return try tryToPublish(file, manifest: manifest, synced: synced)
        } catch {
            try? SystemCall.removeFile(file.path)
            throw error
        }
    }

    private func tryToPublish(
        _ file: borrowing BlobFile, manifest: BlobManifest, synced: Bool
    ) throws(BlobError) -> BlobReference {
        let digest = manifest.digest
        let reference = BlobReference(digest: digest, byteCount: manifest.byteCount)
        if let old = try locate(digest, in: 0), known(digest, at: old) != nil {
            if synced { try sync(existing: old) }
            // Says that it is wanted, before an eviction in another process looks at it.
            SystemCall.touch(old.path)
            try SystemCall.removeFile(file.path)
            return reference
        }
        // A file that may have been promised must not give way to one that a power cut empties.
        let isThere = try locate(digest, in: 0) != nil
        let synced = synced || isThere
        try SystemCall.makeFolder(layout.blobFolder(digest))
        if manifest.chunks.count > 1 {
            // Before the bytes, so that bytes under their name always have a manifest.
            try layout.write(
                manifest.canonicalBytes, to: layout.manifest(digest), synced: synced)
        }
        try file.mark(as: digest)
        try file.forbidWriting()
        if synced { try file.sync() }
        let path = layout.data(digest)
        try SystemCall.rename(file.path, to: path)
        if synced {
            do { try syncFolders(of: digest) } catch {
                try? SystemCall.removeFile(path)
                throw error
            }
        }
        if let location = try locate(digest, in: 0) {
            markVerified(digest, manifest, at: location)
        }
        return reference
    }

    private func sync(existing copy: BlobLocation) throws(BlobError) {
        do {
            try BlobFile(reading: copy.path).sync()
            try syncFolders(of: BlobLayout.digest(ofFile: copy.path))
        } catch {
            // Its bytes may be in memory only, and the next sync would not say so.
            try? SystemCall.removeFile(copy.path)
            throw error
        }
    }

    /// Makes the blob's name durable: its folder, and the names of the folders above it.
    private func syncFolders(of digest: Digest?) throws(BlobError) {
        guard let digest else { return }
        let folder = layout.blobFolder(digest)
        try SystemCall.syncFolder(folder)
        try syncName(of: folder, in: layout.blobsFolder)
    }

    /// Syncs the parent of a fan-out folder once: another process may have made it unsynced.
    func syncName(of folder: String, in parent: String) throws(BlobError) {
        if durableFolders.withLock({ $0.contains(folder) }) { return }
        try SystemCall.syncFolder(parent)
        durableFolders.withLock { _ = $0.insert(folder) }
    }
}
