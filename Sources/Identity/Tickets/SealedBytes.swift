internal import Crypto
import Foundation

/// AES-256-GCM with the nonce in front and the tag at the end: nonce 12 | ciphertext | tag 16.
enum SealedBytes {
    static let nonceBytes = 12
    /// Bytes that sealing adds.
    static let overhead = 12 + 16

    /// Appends `plain`, sealed, to `frame`, whose capacity should be reserved.
    ///
    /// The nonce must never be used twice with one key.
    static func append(
        _ plain: [UInt8], to frame: inout [UInt8], key: SymmetricKey, nonce: [UInt8],
        context: [UInt8]
    ) {
        precondition(nonce.count == nonceBytes)
        // With a key of 32 bytes and a nonce of 12 the library has no reason to fail.
        guard let nonce = try? AES.GCM.Nonce(data: nonce),
            let box = try? AES.GCM.seal(plain, using: key, nonce: nonce, authenticating: context),
            let combined = box.combined
        else { preconditionFailure("AES-256-GCM refused a key of 32 bytes") }
        frame.append(contentsOf: combined)
    }

    /// Opens nonce, ciphertext and tag; nil when any bit of them, of the key or of `context` is
    /// another than it was.
    static func open(_ sealed: ArraySlice<UInt8>, key: SymmetricKey, context: [UInt8]) -> [UInt8]? {
        guard sealed.count >= overhead, let box = try? AES.GCM.SealedBox(combined: sealed),
            let plain = try? AES.GCM.open(box, using: key, authenticating: context)
        else { return nil }
        return [UInt8](plain)
    }
}

extension RandomNumberGenerator {
    /// `count` random bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count { bytes += BigEndian.bytes(next() as UInt64) }
        return Array(bytes.prefix(count))
    }
}
