import Blobs
import Domain
import Wire

extension FuzzTarget {
    /// Messages of peers: what can be read can also be written, and read again as the same.
    func readsMessage(_ bytes: [UInt8]) throws -> Bool {
        switch self {
        case .workerRequest:
            try again(try? WorkerRequest(decoding: bytes)) {
                try WorkerRequest(decoding: $0.encoded())
            }
        case .workerReply:
            try again(try? WorkerReply(decoding: bytes)) {
                try WorkerReply(decoding: $0.encoded())
            }
        case .clientRequest:
            try again(try? ClientRequest(decoding: bytes)) {
                try ClientRequest(decoding: $0.encoded())
            }
        case .clientReply:
            try again(try? ClientReply(decoding: bytes)) {
                try ClientReply(decoding: $0.encoded())
            }
        case .blobRequest:
            try again(try? BlobRequest(decoding: bytes)) {
                try BlobRequest(decoding: $0.encoded())
            }
        case .blobReply:
            try again(try? BlobReply(decoding: bytes)) {
                try BlobReply(decoding: $0.encoded())
            }
        default: false
        }
    }

    /// Handshakes of strangers.
    func readsHandshake(_ bytes: [UInt8]) throws -> Bool {
        switch self {
        case .sessionRequest:
            try again(try? SessionRequest(decoding: bytes)) {
                try SessionRequest(decoding: $0.encoded())
            }
        case .sessionReply:
            try again(try? SessionReply(decoding: bytes)) {
                try SessionReply(decoding: $0.encoded())
            }
        case .sessionProblem:
            try again(try? SessionProblem(decoding: bytes)) {
                try SessionProblem(decoding: $0.encoded())
            }
        default: false
        }
    }

    private func again<Message: Equatable>(
        _ message: Message?, _ repeated: (Message) throws -> Message
    ) throws -> Bool {
        guard let message else { return false }
        guard try repeated(message) == message else {
            throw Finding("A \(rawValue) that was written and read again is another one.")
        }
        return true
    }

    /// A stored manifest has one form only, and its chunks cover the blob.
    func readsManifest(_ bytes: [UInt8]) throws -> Bool {
        guard let manifest = BlobManifest(canonicalBytes: bytes) else { return false }
        guard manifest.canonicalBytes == bytes else {
            throw Finding("A manifest was read from bytes that are not its canonical form.")
        }
        var end = 0
        for index in manifest.chunks.indices {
            let range = manifest.range(ofChunk: index)
            guard range.lowerBound == end, !range.isEmpty else {
                throw Finding("Chunk \(index) of a manifest does not follow the one before.")
            }
            end = range.upperBound
        }
        guard end == manifest.byteCount else {
            throw Finding("The chunks of a manifest end at \(end) of \(manifest.byteCount) bytes.")
        }
        return true
    }
}
