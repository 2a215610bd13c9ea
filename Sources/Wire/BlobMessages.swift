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
    /// One chunk of a blob being sent.
    case putChunk(Digest, index: Int, [UInt8])
    /// All chunks have been sent.
    case putCommit(Digest)

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
        }
        do { return Array(try message.serializedData()) } catch {
            throw .malformed(message: "blob request")
        }
    }

    /// Reads a request; every field is checked against ``Limits``.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Limits.dataMessageBytes,
            let message = try? SchemaBlobRequest(serializedBytes: bytes), let body = message.body
        else { throw .malformed(message: "blob request") }
        guard message.protocolVersion == protocolVersion else {
            throw .version(theirs: Int(message.protocolVersion), ours: Int(protocolVersion))
        }
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
        }
    }
}

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

    /// The reply's bytes.
    public func encoded() throws(WireError) -> [UInt8] {
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
        }
        do { return Array(try message.serializedData()) } catch {
            throw .malformed(message: "blob reply")
        }
    }

    /// Reads a reply; every field is checked against ``Limits``.
    public init(decoding bytes: [UInt8]) throws(WireError) {
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
        }
    }
}

extension SchemaDigests {
    fileprivate init(_ digests: [Digest]) {
        self.init()
        self.digests = digests.map { Data($0.bytes) }
    }
}

extension SchemaManifest {
    fileprivate init(_ manifest: BlobManifest) {
        self.init()
        byteCount = UInt64(manifest.byteCount)
        chunks = Data(manifest.chunks.flatMap { $0.bytes })
    }

    fileprivate func blobManifest() throws(WireError) -> BlobManifest {
        let read = FieldReader(message: "manifest")
        let length = try read.count(byteCount, "byte_count", max: Limits.blobBytesMax)
        let all = Array(chunks)
        guard all.count % 32 == 0 else { throw read.fail("chunks") }
        var digests: [Digest] = []
        for start in stride(from: 0, to: all.count, by: 32) {
            guard let digest = Digest(bytes: all[start..<start + 32]) else {
                throw read.fail("chunks")
            }
            digests.append(digest)
        }
        guard let manifest = BlobManifest(byteCount: length, chunks: digests) else {
            throw read.fail("chunks")
        }
        return manifest
    }
}
