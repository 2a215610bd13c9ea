import Blobs
import Domain
import Foundation
import Identity
import Synchronization
import Transfer

/// Two stores in folders that go away, and a server of the first one.
final class TransferBench {
    let folder: URL
    let here: BlobStore
    let there: BlobStore
    let server: BlobServer
    let client: BlobClient
    let arrivals = Arrivals()
    /// Blobs that the server found damaged.
    let damaged = Arrivals()

    /// - Parameters:
    ///   - keys: makes the server take sealed requests only.
    ///   - pass: the client's.
    ///   - freeBytes: the room on the server's disk; nil asks the system.
    init(
        takesBlobs: Bool = true, keys: HolderKeys? = nil, pass: BlobPass? = nil,
        quota: IntakeQuota = IntakeQuota(), lanes: Int = 4, freeBytes: Int? = nil
    ) throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("transfer-\(UUID().uuidString)")
        here = try BlobStore(root: folder.appendingPathComponent("here"))
        let theirs = folder.appendingPathComponent("there")
        there =
            if let freeBytes {
                try BlobStore(
                    root: theirs,
                    assuming: DiskSpace(freeBytes: freeBytes, totalBytes: freeBytes))
            } else {
                try BlobStore(root: theirs)
            }
        let (arrivals, damaged) = (arrivals, damaged)
        server = try BlobServer(
            url: "tcp://127.0.0.1:0", store: there,
            intake: takesBlobs ? .open(stored: { arrivals.take($0) }) : .closed, keys: keys,
            quota: quota,
            damaged: { _ = damaged.take(BlobReference(digest: $0, byteCount: 0)) })
        client = try BlobClient(address: server.address, pass: pass, lanes: lanes)
    }

    deinit {
        client.close()
        server.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Bytes that differ from block to block.
    static func bytes(_ count: Int, seed: UInt8 = 1) -> [UInt8] {
        let pattern = (0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 31) &+ seed }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + pattern.count)
        while bytes.count < count {
            let number = bytes.count / pattern.count
            bytes += pattern
            bytes[bytes.count - 1] = UInt8(truncatingIfNeeded: number)
            bytes[bytes.count - 2] = UInt8(truncatingIfNeeded: number >> 8)
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Stores a blob of `chunks` whole chunks, made quickly.
    static func fill(_ store: BlobStore, chunks: Int) throws -> Digest {
        var chunk = bytes(Limits.chunkBytes)
        let writer = try store.makeWriter(synced: false)
        for index in 0..<chunks {
            for place in stride(from: 0, to: chunk.count, by: 1 << 16) {
                chunk[place] = UInt8(truncatingIfNeeded: index)
                chunk[place + 1] = UInt8(truncatingIfNeeded: index >> 8)
            }
            try writer.append(chunk)
        }
        return try writer.commit().digest
    }

    func content(_ digest: Digest, of store: BlobStore) throws -> [UInt8] {
        let blob = try store.open(digest)
        return blob.copy(0..<blob.byteCount)
    }

    /// Changes one byte of a blob behind the back of the server's store.
    func damage(_ digest: Digest, at offset: Int) throws {
        try Self.damage(digest, at: offset, in: there)
    }

    static func damage(_ digest: Digest, at offset: Int, in store: BlobStore) throws {
        let name = digest.hex
        let path = store.root.appendingPathComponent("blobs/\(name.prefix(2))/\(name)").path
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let handle = try FileHandle(forUpdating: URL(filePath: path))
        try handle.seek(toOffset: UInt64(offset))
        let old = try handle.read(upToCount: 1)?.first ?? 0
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: [old ^ 1])
        try handle.close()
    }

    /// Names of the files in the server's folder for unfinished blobs.
    var partFiles: [String] {
        let folder = there.root.appendingPathComponent("tmp").path
        return (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }
}
