/// Everything that certificates, tokens, tickets and sealed frames can be refused for.
///
/// Moments are in milliseconds since 1970.
public enum IdentityError: Error, Sendable, Equatable {
    // Sealed frames of the blob plane
    /// A ticket was to list more digests than it has room for.
    case tooManyDigests(count: Int, limit: Int)
    /// A pass has a key or a ticket of an impossible length.
    case malformedPass
    /// A frame came unsealed to a holder that takes only sealed ones.
    case plainFrame
    /// A ticket was not sealed under any key of this holder.
    case unknownTicket
    /// A ticket has ended.
    case expiredTicket(expiresUnixMs: Int64, nowUnixMs: Int64)
    /// A sealed frame was changed on its way, or was sealed with another key.
    case tamperedFrame
    /// The holder did not open the frame.
    case refusedFrame(FrameRefusal)

    // Frames of a session
    /// The bytes are no frame of a session.
    case malformedSessionFrame
    /// The frame was not made by the owner of the session, or was changed on its way.
    case wrongCode
    /// The frame came before, or is too old to tell.
    case replayedFrame(counter: UInt64)
    /// The signature of an opening was not made with the certificate's key.
    case wrongSignature(NodeIdentity)

    // Certificates
    /// The bytes are no certificate that can be used here; the text says why.
    case malformedCertificate(String)
    /// The text is no private key that can be used here.
    case malformedKey
    /// A certificate request cannot be signed; the text says why.
    case malformedRequest(String)
    /// A certificate is signed by another authority than this cluster's.
    case wrongAuthority(ClusterID)
    /// A certificate has ended.
    case expiredCertificate(NodeIdentity, endedUnixMs: Int64, nowUnixMs: Int64)
    /// A certificate's time has not begun by this machine's clock.
    case notYetValid(NodeIdentity, beginsUnixMs: Int64, nowUnixMs: Int64)
    /// A certificate is not for clients.
    case wrongUsage(NodeIdentity)
    /// A certificate's common name is no role and name.
    case wrongName(String)
    /// A certificate was revoked.
    case revoked(NodeIdentity)
    /// The certificate of an authority cannot be used; the text says why.
    case unsuitableAuthority(String)
    /// The authority's own certificate has ended.
    case authorityExpired(ClusterID, endedUnixMs: Int64)
    /// A certificate was to be signed, but the authority's key is not here.
    case noAuthorityKey(ClusterID)

    // Names
    /// The text cannot name a cluster.
    case badClusterID(String)
    /// The text cannot name a node or a person.
    case badNodeName(String)

    // Tokens
    /// The text is no join token.
    case malformedToken
    /// No such token was issued, or its secret is another.
    case unknownToken(id: String)
    /// A token has ended.
    case expiredToken(id: String)
    /// A token was used as often as it may be.
    case spentToken(id: String)
    /// A token was made for another name.
    case tokenForAnother(id: String, name: String)
    /// A token was asked for with impossible uses or an impossible life.
    case badTokenTerms
    /// Too many tokens are open.
    case tooManyTokens(limit: Int)
    /// Somebody holds a certificate of that name.
    case nameTaken(NodeIdentity)
    /// Too many names are taken.
    case tooManyNames(limit: Int)
    /// The deny list is full.
    case denyListFull(limit: Int)
    /// The authority found at the address is not the one that the token names.
    case pinMismatch

    // Files
    /// A file is missing.
    case missingFile(path: String)
    /// A file cannot be read or says nothing sensible; the text says why.
    case unreadableFile(path: String, reason: String)
    /// A secret file can be read by others.
    case exposedFile(path: String)
    /// A file cannot be written.
    case unwritableFile(path: String, reason: String)
    /// The folder has an authority already.
    case authorityExists(folder: String)
    /// A key does not belong to its certificate.
    case mismatchedKey(path: String)
}

extension IdentityError {
    /// What a holder of blobs answers when it could not open a frame; nil for other errors.
    public var frameRefusal: FrameRefusal? {
        switch self {
        case .plainFrame: .plainFrame
        case .unknownTicket: .unknownTicket
        case .expiredTicket: .expiredTicket
        case .tamperedFrame: .tamperedFrame
        default: nil
        }
    }
}
