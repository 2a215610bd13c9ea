public import Blobs
public import Domain
import Foundation
import Wire

extension BlobClient {
    /// A part of a chunk on its way to the server.
    private struct Piece: Sendable {
        let index: Int
        let offset: Int
        let chunk: [UInt8]
        let share: Share
    }

    /// Thrown to begin anew when the server forgot the upload in its middle.
    private struct UploadForgotten: Error {}

    /// Sends a blob; what the server has already is not sent again.
    ///
    /// - Parameter chunk: gives the bytes of a chunk; called on this thread, in the chunks' order.
    public func send(
        _ manifest: BlobManifest, pass: BlobPass? = nil, chunk: (Int) throws -> [UInt8]
    ) throws {
        let talk = try conversation(pass)
        // Another sender of the same blob, or a restart of the server, may end what we began.
        for _ in 0..<5 {
            do { if try send(manifest, talk, chunk) { return } } catch is UploadForgotten {}
        }
        throw TransferError.protocolViolation(address)
    }

    /// Sends a blob of `store`.
    public func send(
        _ digest: Digest, from store: BlobStore, pass: BlobPass? = nil
    ) throws {
        try send(try store.manifest(of: digest), pass: pass) {
            try store.readChunk(digest, index: $0)
        }
    }

    /// False when chunks are missing still: another sender's were wrong.
    private func send(
        _ manifest: BlobManifest, _ talk: Conversation, _ chunk: (Int) throws -> [UInt8]
    ) throws -> Bool {
        guard let wanted = try begin(manifest, talk) else { return true }
        guard wanted.allSatisfy({ manifest.chunks.indices.contains($0) }) else {
            throw TransferError.protocolViolation(address)
        }
        try sendChunks(wanted, of: manifest, talk, chunk)
        switch try talk.ask(.putCommit(manifest.digest)) {
        case .stored: return true
        case .wanted, .notHere: return false
        default: throw TransferError.protocolViolation(address)
        }
    }

    /// Tells the server the manifest; the chunks that it wants, nil when it has the blob.
    private func begin(_ manifest: BlobManifest, _ talk: Conversation) throws -> [Int]? {
        let pageMax = BlobRequest.manifestPageMax
        var request = BlobRequest.putBegin(manifest)
        if manifest.chunks.count > pageMax { request = page(of: manifest, from: 0) }
        // Each answer asks for a later page, or else somebody is playing with us.
        for _ in 0...4 * (manifest.chunks.count / pageMax + 4) {
            switch try talk.ask(request) {
            case .wanted(let indexes, let complete): return complete ? nil : indexes
            case .manifestWanted(let first) where first < manifest.chunks.count:
                request = page(of: manifest, from: first)
            default: throw TransferError.protocolViolation(address)
            }
        }
        throw TransferError.protocolViolation(address)
    }

    private func page(of manifest: BlobManifest, from first: Int) -> BlobRequest {
        let chunks = manifest.chunks.dropFirst(first).prefix(BlobRequest.manifestPageMax)
        return .putManifest(
            manifest.digest, byteCount: manifest.byteCount, first: first, Array(chunks))
    }

    private func sendChunks(
        _ wanted: [Int], of manifest: BlobManifest, _ talk: Conversation,
        _ chunk: (Int) throws -> [UInt8]
    ) throws {
        let digest = manifest.digest
        let bytes = wanted.reduce(0) { $0 + manifest.range(ofChunk: $1).count }
        guard bytes > 4 * Limits.pieceBytes else {
            for index in wanted {
                for piece in try pieces(of: index, manifest, chunk) {
                    try Self.send(piece, of: digest, talk)
                }
            }
            return
        }
        let crew = LaneCrew<Piece>(lanes: lanes, name: "blob-send") {
            try Self.send($0, of: digest, talk)
        }
        var failure: (any Error)?
        for index in wanted where failure == nil {
            do {
                for piece in try pieces(of: index, manifest, chunk) { try crew.put(piece) }
            } catch { failure = error }
        }
        try crew.finish()
        if let failure { throw failure }
    }

    private func pieces(
        of index: Int, _ manifest: BlobManifest, _ chunk: (Int) throws -> [UInt8]
    ) throws -> [Piece] {
        let count = manifest.range(ofChunk: index).count
        let share = budget.take(count)
        let bytes = try chunk(index)
        guard bytes.count == count else {
            throw BlobError.lengthMismatch(path: address, expected: count, actual: bytes.count)
        }
        return stride(from: 0, to: count, by: Limits.pieceBytes).map {
            Piece(index: index, offset: $0, chunk: bytes, share: share)
        }
    }

    private static func send(_ piece: Piece, of digest: Digest, _ talk: Conversation) throws {
        let end = min(piece.offset + Limits.pieceBytes, piece.chunk.count)
        let reply = try talk.ask(
            .putPiece(
                digest, index: piece.index, offset: piece.offset,
                Array(piece.chunk[piece.offset..<end])))
        if reply == .notHere { throw UploadForgotten() }
        guard reply == .stored else { throw TransferError.protocolViolation(talk.address) }
    }
}
