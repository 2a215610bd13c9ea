import Domain
import Foundation

/// The names of a store's files and folders.
struct BlobLayout: Sendable, Hashable {
    let root: String

    var temporaryFolder: String { root + "/tmp" }
    var quarantineFolder: String { root + "/quarantine" }
    var blobsFolder: String { root + "/blobs" }
    var referencesFolder: String { root + "/references" }

    func blobFolder(_ digest: Digest) -> String { blobsFolder + "/" + digest.hex.prefix(2) }
    func data(_ digest: Digest) -> String { blobFolder(digest) + "/" + digest.hex }
    func manifest(_ digest: Digest) -> String { data(digest) + ".m" }
    func partial(_ digest: Digest) -> String { temporaryFolder + "/" + digest.hex + ".part" }
    /// Where a blob waits while its eviction is decided.
    func leaving(_ digest: Digest) -> String { temporaryFolder + "/" + digest.hex + ".leaving" }
    func reference(_ digest: Digest) -> String {
        referencesFolder + "/" + digest.hex.prefix(2) + "/" + digest.hex
    }
    func referenceFolder(_ digest: Digest) -> String {
        referencesFolder + "/" + digest.hex.prefix(2)
    }
    func referenceManifest(_ digest: Digest) -> String { reference(digest) + ".m" }
    /// Where the scrub goes on.
    var scrubMark: String { root + "/scrubbed" }

    /// All files that a blob may have, bytes before manifests.
    func files(of digest: Digest) -> [String] {
        [data(digest), manifest(digest), reference(digest), referenceManifest(digest)]
    }

    /// Makes the root and its folders, durably.
    func makeFolders() throws(BlobError) {
        try makeFolderAndParents(root)
        var isNew = false
        for folder in [temporaryFolder, blobsFolder, referencesFolder] {
            if try SystemCall.makeFolder(folder) { isNew = true }
        }
        if isNew { try SystemCall.syncFolder(root) }
    }

    private func makeFolderAndParents(_ path: String) throws(BlobError) {
        guard path.count > 1, try FileStatus(of: path) == nil else { return }
        let parent = (path as NSString).deletingLastPathComponent
        try makeFolderAndParents(parent)
        if try SystemCall.makeFolder(path) {
            // A parent of somebody else may not be ours to sync; what is in it then lasts as
            // long as its own name does.
            try? SystemCall.syncFolder(parent.isEmpty ? "." : parent)
        }
    }

    /// The names in a folder, sorted; none when there is no folder.
    func names(in folder: String) throws(BlobError) -> [String] {
        guard try FileStatus(of: folder) != nil else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw .system(call: "readdir", path: folder, errorNumber: error.errorNumber)
        }
    }

    /// The whole file at `path`, which must not be longer than `bytesMax`.
    func bytes(of path: String, atMost bytesMax: Int) throws(BlobError) -> [UInt8] {
        let file = try BlobFile(reading: path)
        let count = try file.status().byteCount
        guard count <= bytesMax else { throw .tooLong(byteCount: count) }
        return try file.read(at: 0, byteCount: count)
    }

    /// Writes a small file that appears whole, and durably when `synced`.
    func write(_ bytes: [UInt8], to path: String, synced: Bool) throws(BlobError) {
        let file = try BlobFile(creating: temporaryFolder + "/" + TemporaryName.make())
        do {
            try file.append(bytes.rawBytes)
            if synced { try file.sync() }
            try SystemCall.rename(file.path, to: path)
        } catch {
            try? SystemCall.removeFile(file.path)
            throw error
        }
    }

    /// The own blobs with their lengths and times, ordered by name.
    func entries() throws(BlobError) -> [(digest: Digest, status: FileStatus)] {
        var found: [(digest: Digest, status: FileStatus)] = []
        for path in try files(below: blobsFolder) {
            // A blob may go while we look.
            guard let digest = Self.digest(ofFile: path), let status = try FileStatus(of: path)
            else { continue }
            found.append((digest, status))
        }
        return found
    }

    func files(below folder: String) throws(BlobError) -> [String] {
        var paths: [String] = []
        for prefix in try names(in: folder) where prefix.count == 2 {
            paths += try names(in: folder + "/" + prefix).map { "\(folder)/\(prefix)/\($0)" }
        }
        return paths
    }

    /// The blob of a manifest's file name; nil for other files.
    static func digest(ofManifest path: String) -> Digest? {
        path.hasSuffix(".m") ? digest(ofFile: String(path.dropLast(2))) : nil
    }

    /// The blob of a name of ``leaving(_:)``; nil for other names.
    static func digest(ofLeaving name: String) -> Digest? {
        name.hasSuffix(".leaving") ? Digest(hex: String(name.dropLast(8))) : nil
    }

    static func digest(ofFile path: String) -> Digest? {
        path.split(separator: "/").last.flatMap { Digest(hex: String($0)) }
    }
}

extension BlobLayout {
    /// The references that read back, ordered by name.
    func referenceRecords() throws(BlobError) -> [(digest: Digest, record: ReferenceRecord)] {
        var found: [(digest: Digest, record: ReferenceRecord)] = []
        for path in try files(below: referencesFolder) {
            guard let digest = Self.digest(ofFile: path),
                let record = try? referenceRecord(of: digest)
            else { continue }
            found.append((digest, record))
        }
        return found
    }

    /// The reference of a blob; nil when there is none.
    func referenceRecord(of digest: Digest) throws(BlobError) -> ReferenceRecord? {
        let path = reference(digest)
        guard try FileStatus(of: path) != nil else { return nil }
        let bytes = try bytes(of: path, atMost: ReferenceRecord.bytesMax)
        guard let record = try? CanonicalJSON.decode(ReferenceRecord.self, from: bytes),
            record.isSound
        else { throw .badReference(path: path) }
        return record
    }

    func write(
        _ record: ReferenceRecord, manifest: BlobManifest, of digest: Digest, synced: Bool
    ) throws(BlobError) {
        let path = reference(digest)
        guard let bytes = try? CanonicalJSON.encode(record) else {
            throw .badReference(path: path)
        }
        try SystemCall.makeFolder(referenceFolder(digest))
        if manifest.chunks.count > 1 {
            try write(manifest.canonicalBytes, to: referenceManifest(digest), synced: synced)
        }
        try write(bytes, to: path, synced: synced)
    }
}

extension Error {
    /// The system's number of an error of Foundation; EIO when it has none.
    var errorNumber: Int32 {
        let cocoa = self as NSError
        let inner = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError
        return inner.map { Int32(clamping: $0.code) } ?? EIO
    }
}
