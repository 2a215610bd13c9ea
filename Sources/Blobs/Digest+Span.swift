import Crypto
import Domain

extension Domain.Digest {
    /// The plain SHA-256 of `bytes`, without copying them.
    init(sha256Of bytes: RawSpan) {
        var hasher = SHA256()
        hasher.update(bytes)
        self.init(takingStateOf: hasher)
    }

    /// What `hasher` has arrived at.
    init(takingStateOf hasher: SHA256) {
        guard let digest = Self(bytes: Array(hasher.finalize())) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        self = digest
    }
}

/// Computes the plain SHA-256 of bytes that come in pieces.
struct ChunkHasher {
    private var hasher = SHA256()

    mutating func update(_ bytes: RawSpan) { hasher.update(bytes) }

    func finish() -> Domain.Digest { Domain.Digest(takingStateOf: hasher) }
}
