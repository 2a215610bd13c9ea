public import Domain
import Foundation
import SwiftProtobuf
internal import WireSchema

/// What is asked of a holder of blobs.
public enum BlobRequest: Sendable, Hashable {
    /// Which of these are not there?
    case missing([Digest])
    /// A blob's manifest.
    case manifest(Digest)
    /// One chunk of a blob.
    case chunk(Digest, index: Int)
    /// Starts or resumes sending a blob.
    case putBegin(BlobManifest)
    /// One chunk of a blob being sent; too long for holders that take sealed requests.
    case putChunk(Digest, index: Int, [UInt8])
    /// All chunks have been sent.
    case putCommit(Digest)
    /// A part of a chunk of a blob being sent: at most ``Limits/pieceBytes``.
    case putPiece(Digest, index: Int, offset: Int, [UInt8])
    /// Starts sending a blob of `byteCount` bytes: some of its manifest's chunks, from `first` on.
    case putManifest(Digest, byteCount: Int, first: Int, [Digest])
    /// A part of a chunk.
    case piece(Digest, index: Int, offset: Int, byteCount: Int)
    /// Some chunks of a blob's manifest, from `first` on.
    case manifestPage(Digest, first: Int)
    /// The asker got wrong bytes of this blob: is it still whole?
    case suspect(Digest)

    /// Chunks of a manifest that one request carries at most.
    public static let manifestPageMax = 2_048
    /// Digests that one request of ``missing(_:)`` carries at most, to fit a sealed one.
    public static let digestsMax = 2_048

    /// The request's bytes.
    public func encoded() throws(WireError) -> [UInt8] {
        var message = SchemaBlobRequest()
        message.protocolVersion = protocolVersion
        switch self {
        case .missing(let digests): message.missing = SchemaDigests(digests)
        case .manifest(let digest): message.manifest = Data(digest.bytes)
        case .chunk(let digest, let index):
            message.chunk.digest = Data(digest.bytes)
            message.chunk.index = UInt32(index)
        case .putBegin(let manifest): message.putBegin = SchemaManifest(manifest)
        case .putChunk(let digest, let index, let content):
            message.putChunk.digest = Data(digest.bytes)
            message.putChunk.index = UInt32(index)
            message.putChunk.content = Data(content)
        case .putCommit(let digest): message.putCommit = Data(digest.bytes)
        case .putPiece(let digest, let index, let offset, let content):
            message.putPiece.digest = Data(digest.bytes)
            message.putPiece.index = UInt32(index)
            message.putPiece.offset = UInt32(offset)
            message.putPiece.content = Data(content)
        case .putManifest(let digest, let byteCount, let first, let chunks):
            message.putManifest = SchemaManifestPage(digest, byteCount, first, chunks)
        case .piece(let digest, let index, let offset, let byteCount):
            message.piece.digest = Data(digest.bytes)
            message.piece.index = UInt32(index)
            message.piece.offset = UInt32(offset)
            message.piece.byteCount = UInt32(byteCount)
        case .manifestPage(let digest, let first):
            message.manifestPage.digest = Data(digest.bytes)
            message.manifestPage.first = UInt32(first)
        case .suspect(let digest): message.suspect = Data(digest.bytes)
        }
        do { return try message.serializedBytes() } catch {
            throw .malformed(message: "blob request")
        }
    }

    /// Reads a request; every field is checked against ``Limits``.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Limits.dataMessageBytes,
            let message = try? SchemaBlobRequest(serializedBytes: bytes), let body = message.body
        else { throw .malformed(message: "blob request") }
        try checkVersion(message.protocolVersion)
        let read = FieldReader(message: "blob request")
        switch body {
        case .missing(let list): self = .missing(try read.digests(list.digests, "missing"))
        case .manifest(let digest): self = .manifest(try read.digest(digest, "manifest"))
        case .chunk(let address):
            self = .chunk(
                try read.digest(address.digest, "chunk.digest"), index: Int(address.index))
        case .putBegin(let manifest): self = .putBegin(try manifest.blobManifest())
        case .putChunk(let chunk):
            self = .putChunk(
                try read.digest(chunk.digest, "put_chunk.digest"), index: Int(chunk.index),
                try read.bytes(chunk.content, "put_chunk.content", max: Limits.chunkBytes))
        case .putCommit(let digest): self = .putCommit(try read.digest(digest, "put_commit"))
        case .putPiece, .putManifest, .piece, .manifestPage, .suspect:
            self = try Self.part(body, read)
        }
    }

    private static func part(
        _ body: SchemaBlobRequest.OneOf_Body, _ read: FieldReader
    ) throws(WireError) -> BlobRequest {
        let chunkBytes = Limits.chunkBytes
        switch body {
        case .putPiece(let piece):
            return .putPiece(
                try read.digest(piece.digest, "put_piece.digest"), index: Int(piece.index),
                offset: try read.count(UInt64(piece.offset), "put_piece.offset", max: chunkBytes),
                try read.bytes(piece.content, "put_piece.content", max: Limits.pieceBytes))
        case .putManifest(let page):
            guard page.chunks.count <= 32 * Self.manifestPageMax else {
                throw read.fail("put_manifest.chunks")
            }
            return .putManifest(
                try read.digest(page.digest, "put_manifest.digest"),
                byteCount: try read.count(
                    page.byteCount, "put_manifest.byte_count", max: Limits.blobBytesMax),
                first: Int(page.first), try read.packedDigests(page.chunks, "put_manifest.chunks"))
        case .piece(let piece):
            return .piece(
                try read.digest(piece.digest, "piece.digest"), index: Int(piece.index),
                offset: try read.count(UInt64(piece.offset), "piece.offset", max: chunkBytes),
                byteCount: try read.count(
                    UInt64(piece.byteCount), "piece.byte_count", max: chunkBytes))
        case .manifestPage(let page):
            return .manifestPage(
                try read.digest(page.digest, "manifest_page.digest"), first: Int(page.first))
        case .suspect(let digest): return .suspect(try read.digest(digest, "suspect"))
        default: throw .malformed(message: "blob request")
        }
    }
}
