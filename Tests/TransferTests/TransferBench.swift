import Blobs
import Domain
import Foundation
import Transfer

/// Two stores in folders that go away, and a server of the first one.
final class TransferBench {
    let folder: URL
    let here: BlobStore
    let there: BlobStore
    let server: BlobServer
    let client: BlobClient
    let arrivals = Arrivals()

    init(takesBlobs: Bool = true) throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("transfer-\(UUID().uuidString)")
        here = try BlobStore(root: folder.appendingPathComponent("here"))
        there = try BlobStore(root: folder.appendingPathComponent("there"))
        let arrivals = arrivals
        server = try BlobServer(
            url: "tcp://127.0.0.1:0", store: there,
            intake: takesBlobs ? .open(stored: { arrivals.note($0) }) : .closed)
        client = try BlobClient(address: server.address)
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

    func content(_ digest: Digest, of store: BlobStore) throws -> [UInt8] {
        let blob = try store.open(digest)
        return blob.copy(0..<blob.byteCount)
    }

    /// Changes one byte of a blob behind the back of the server's store.
    func damage(_ digest: Digest, at offset: Int) throws {
        let name = digest.hex
        let path = there.root.appendingPathComponent("blobs/\(name.prefix(2))/\(name)").path
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let handle = try FileHandle(forUpdating: URL(filePath: path))
        try handle.seek(toOffset: UInt64(offset))
        let old = try handle.read(upToCount: 1)?.first ?? 0
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: [old ^ 1])
        try handle.close()
    }
}
