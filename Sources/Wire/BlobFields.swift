import Domain
import Foundation
internal import WireSchema

extension SchemaDigests {
    init(_ digests: [Digest]) {
        self.init()
        self.digests = digests.map { Data($0.bytes) }
    }
}

extension SchemaManifest {
    init(_ manifest: BlobManifest) {
        self.init()
        byteCount = UInt64(manifest.byteCount)
        chunks = Data(manifest.chunks.flatMap { $0.bytes })
    }

    func blobManifest() throws(WireError) -> BlobManifest {
        let read = FieldReader(message: "manifest")
        let length = try read.count(byteCount, "byte_count", max: Limits.blobBytesMax)
        let digests = try read.packedDigests(chunks, "chunks")
        guard let manifest = BlobManifest(byteCount: length, chunks: digests) else {
            throw read.fail("chunks")
        }
        return manifest
    }
}

extension SchemaManifestPage {
    init(_ digest: Digest, _ byteCount: Int, _ first: Int, _ chunks: [Digest]) {
        self.init()
        self.digest = Data(digest.bytes)
        self.byteCount = UInt64(byteCount)
        self.first = UInt32(first)
        self.chunks = Data(chunks.flatMap { $0.bytes })
    }
}

extension FieldReader {
    /// Digests one after the other; the caller has bounded how many.
    func packedDigests(
        _ data: Data, _ field: String
    ) throws(WireError) -> [Digest] {
        let all = Array(data)
        guard all.count % 32 == 0 else { throw fail(field) }
        var digests: [Digest] = []
        digests.reserveCapacity(all.count / 32)
        for start in stride(from: 0, to: all.count, by: 32) {
            guard let digest = Digest(bytes: all[start..<start + 32]) else { throw fail(field) }
            digests.append(digest)
        }
        return digests
    }
}
