public import Domain
import Foundation
import SwiftProtobuf
internal import WireSchema

/// A holder's answer.
public enum BlobReply: Sendable, Hashable {
    /// The blobs that are not there.
    case missing([Digest])
    /// A blob's manifest.
    case manifest(BlobManifest)
    /// One chunk.
    case chunk([UInt8])
    /// Which chunks of a blob being sent are still wanted; `complete` when it is there already.
    case wanted([Int], complete: Bool)
    /// The blob that was sent is stored.
    case stored
    /// The blob is not there.
    case notHere
    /// The request cannot be met.
    case refused(String, noSpace: Bool)
    /// Some chunks of a manifest, from `first` on, of a blob of `byteCount` bytes.
    case manifestPage(Digest, byteCount: Int, first: Int, [Digest])
    /// The manifest of the blob being sent is wanted from this chunk on.
    case manifestWanted(first: Int)
    /// The holder is too busy: ask the same again after a while.
    case later(milliseconds: Int)

    /// Chunks of a manifest that one reply carries at most.
    public static let manifestPageMax = 65_536

    /// The reply's bytes.
    public func encoded() throws(WireError) -> [UInt8] {
        if case .chunk(let content) = self { return Self.encoded(chunk: content) }
        var message = SchemaBlobReply()
        switch self {
        case .missing(let digests): message.missing = SchemaDigests(digests)
        case .manifest(let manifest): message.manifest = SchemaManifest(manifest)
        case .chunk(let content): message.chunk = Data(content)
        case .wanted(let indexes, let complete):
            message.wanted.indexes = indexes.map { UInt32($0) }
            message.wanted.complete = complete
        case .stored: message.stored = SchemaStored()
        case .notHere: message.notHere = SchemaNotHere()
        case .refused(let text, let noSpace):
            message.refusal.text = text
            message.refusal.noSpace = noSpace
        case .manifestPage(let digest, let byteCount, let first, let chunks):
            message.manifestPage = SchemaManifestPage(digest, byteCount, first, chunks)
        case .manifestWanted(let first): message.manifestWanted = UInt32(first)
        case .later(let milliseconds): message.later = UInt32(milliseconds)
        }
        do { return try message.serializedBytes() } catch {
            throw .malformed(message: "blob reply")
        }
    }

    /// What `chunk`'s field and its wire type make of the first byte of a chunk's reply.
    private static let chunkTag: UInt8 = 3 << 3 | 2

    /// A chunk's reply, byte for byte as the library makes it, but copied once instead of thrice.
    private static func encoded(chunk content: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [chunkTag]
        bytes.reserveCapacity(content.count + 6)
        var rest = content.count
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        bytes += content
        return bytes
    }

    /// Reads a reply that is one chunk and nothing else; nil leaves it to the library.
    private static func chunk(decoding bytes: [UInt8]) -> [UInt8]? {
        guard bytes.first == chunkTag else { return nil }
        var count = 0
        for (index, byte) in bytes.dropFirst().prefix(4).enumerated() {
            count |= Int(byte & 0x7F) << (7 * index)
            guard byte < 0x80 else { continue }
            let start = index + 2
            guard bytes.count - start == count, count <= Limits.chunkBytes else { return nil }
            return Array(bytes[start...])
        }
        return nil
    }

    /// Reads a reply; every field is checked against ``Limits``.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        if let chunk = Self.chunk(decoding: bytes) {
            self = .chunk(chunk)
            return
        }
        guard bytes.count <= Limits.dataMessageBytes,
            let message = try? SchemaBlobReply(serializedBytes: bytes), let body = message.body
        else { throw .malformed(message: "blob reply") }
        let read = FieldReader(message: "blob reply")
        switch body {
        case .missing(let list): self = .missing(try read.digests(list.digests, "missing"))
        case .manifest(let manifest): self = .manifest(try manifest.blobManifest())
        case .chunk(let content):
            self = .chunk(try read.bytes(content, "chunk", max: Limits.chunkBytes))
        case .wanted(let list):
            self = .wanted(list.indexes.map { Int($0) }, complete: list.complete)
        case .stored: self = .stored
        case .notHere: self = .notHere
        case .refusal(let refusal):
            self = .refused(
                try read.text(refusal.text, "text", max: Limits.failureTextBytesMax),
                noSpace: refusal.noSpace)
        case .manifestPage(let page):
            guard page.chunks.count <= 32 * Self.manifestPageMax else {
                throw read.fail("manifest_page.chunks")
            }
            self = .manifestPage(
                try read.digest(page.digest, "manifest_page.digest"),
                byteCount: try read.count(
                    page.byteCount, "manifest_page.byte_count", max: Limits.blobBytesMax),
                first: Int(page.first), try read.packedDigests(page.chunks, "manifest_page.chunks"))
        case .manifestWanted(let first): self = .manifestWanted(first: Int(first))
        case .later(let milliseconds):
            self = .later(
                milliseconds: try read.count(
                    UInt64(milliseconds), "later", max: Int(Limits.pauseMillisecondsMax)))
        }
    }
}
