public import Domain

/// Something in a store's folder that is not as it should be, or that takes room for nothing.
public struct StoreFinding: Hashable, Sendable, Codable {
    /// What is the matter.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// A blob's bytes are not what its name says.
        case damagedBlob
        /// The bytes of a reference are not what its name says.
        case damagedReference
        /// A manifest does not belong to its blob; it is made anew when the blob is next hashed.
        case damagedManifest
        /// A blob of several chunks has no manifest; it is made anew when the blob is next hashed.
        case missingManifest
        /// A manifest without its blob.
        case orphanedManifest
        /// A reference's record cannot be read.
        case unreadableReference
        /// A reference's file is gone, or changed since it was hashed.
        case changedReference
        /// What a process that is gone was writing.
        case abandonedFile
        /// A blob that has arrived in part; its next sender goes on from there.
        case partialBlob
        /// A damaged file that was put aside.
        case quarantinedFile
        /// A file that no store makes.
        case foreignFile
    }

    /// What is the matter.
    public let kind: Kind
    /// Which file.
    public let path: String
    /// Which blob, when the name tells.
    public let digest: Digest?
    /// Bytes of the file.
    public let byteCount: Int

    /// Whether bytes are lost here that other holders or a computation must give again.
    public var isDamage: Bool {
        switch kind {
        case .damagedBlob, .damagedReference, .unreadableReference, .changedReference: true
        default: false
        }
    }
}

/// What ``BlobStore/doctor(verifying:)`` saw.
public struct StoreHealth: Hashable, Sendable, Codable {
    /// Own blobs.
    public var blobs = 0
    /// Their bytes.
    public var blobBytes = 0
    /// Blobs by reference.
    public var references = 0
    /// Bytes that were hashed.
    public var verifiedBytes = 0
    /// What is not as it should be, ordered by path.
    public var findings: [StoreFinding] = []

    /// A store in which nothing was found yet.
    public init() {}
}
