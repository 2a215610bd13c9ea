internal import Crypto
internal import Domain

/// What a node signs to open a session: that it holds the key of its certificate, now.
public struct SessionProof: Sendable {
    /// Bytes of a challenge's nonce.
    public static let nonceBytes = 32

    private let message: [UInt8]

    /// The statement about one opening.
    ///
    /// - Parameters:
    ///   - cluster: so that the statement is worth nothing in another cluster.
    ///   - nonce: the coordinator's challenge, used once.
    ///   - incarnation: the number of this start of the node's process.
    ///   - certificate: the node's certificate, DER.
    public init(cluster: ClusterID, nonce: [UInt8], incarnation: UInt64, certificate: [UInt8]) {
        let name = Array(cluster.description.utf8)
        var message = Array("spokeshave session open 1".utf8)
        message += BigEndian.bytes(UInt16(name.count)) + name
        message += BigEndian.bytes(UInt16(truncatingIfNeeded: nonce.count)) + nonce
        message += BigEndian.bytes(incarnation)
        message += Array(SHA256.hash(data: certificate))
        self.message = message
    }

    /// The signature, 64 bytes (ECDSA P-256 over SHA-256, r and s).
    public func sign(with key: NodeKey) throws(IdentityError) -> [UInt8] {
        guard let signature = try? key.signing.signature(for: message) else { throw .malformedKey }
        return Array(signature.rawRepresentation)
    }

    /// - Throws: ``IdentityError/wrongSignature(_:)`` unless `signature` was made with the key of
    ///   `node`'s certificate.
    public func check(_ signature: [UInt8], by node: VerifiedNode) throws(IdentityError) {
        guard signature.count == 64,
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature),
            node.publicKey.isValidSignature(signature, for: message)
        else { throw .wrongSignature(node.identity) }
    }
}
