public import FuzzTargets
import Identity

/// What reads bytes of strangers before it is known who they are: certificates, tickets, tokens.
public enum StrangerTarget: String, CaseIterable, Sendable {
    case certificate
    case certificateRequest = "certificate-request"
    case authority
    case sessionFrame = "session-frame"
    case blobFrame = "blob-frame"
    case joinToken = "join-token"

    private static let now: Int64 = 1_800_000_000_000
    private static let cluster = try? ClusterID("test")
    private static let own: ClusterAuthority? = {
        var random = Mutator(seed: 1)
        guard let cluster else { return nil }
        return try? ClusterAuthority(creating: cluster, nowUnixMs: now, random: &random)
    }()
    private static let ticketKey: TicketKey = {
        var random = Mutator(seed: 2)
        return TicketKey(random: &random)
    }()

    /// How the bytes are built; nil for DER.
    public var form: FuzzTarget.Form? {
        switch self {
        case .certificate, .certificateRequest, .authority: nil
        case .sessionFrame, .blobFrame: .binary
        case .joinToken: .text
        }
    }

    /// Valid samples to start from.
    public func seeds() throws -> [[UInt8]] {
        var random = Mutator(seed: 3)
        guard let own = Self.own else { return [] }
        let key = NodeKey(random: &random)
        switch self {
        case .certificate:
            return try ["worker:a", "admin:b"].map {
                try own.sign(
                    try key.makeRequest(), for: try NodeIdentity(commonName: $0),
                    nowUnixMs: Self.now, random: &random)
            }
        case .certificateRequest: return [try key.makeRequest()]
        case .authority: return [own.certificate.der]
        case .sessionFrame:
            return [[UInt8](repeating: 83, count: 80)]
        case .blobFrame:
            let rights = BlobRights(getAny: true, mayPut: true)
            let pass = Self.ticketKey.makePass(
                rights, expiresUnixMs: Self.now + 1, random: &random)
            return [try FrameSealer(pass: pass).seal([1, 2, 3], random: &random).frame]
        case .joinToken:
            let pin = String(repeating: "a", count: 52)
            return [Array("skv1.\(pin).abcdefgh.\(String(repeating: "b", count: 26))".utf8)]
        }
    }

    /// Reads `bytes`; returns whether they were accepted, and throws ``Finding`` when something
    /// was accepted that must not be.
    public func reads(_ bytes: [UInt8]) throws -> Bool {
        switch self {
        case .certificate:
            return (try? Self.own?.certificate.verify(bytes, nowUnixMs: Self.now)) != nil
        case .certificateRequest:
            return (try? ClusterAuthority.keyFingerprint(ofRequest: bytes)) != nil
        case .authority:
            guard let cluster = Self.cluster else { return false }
            return (try? AuthorityCertificate(der: bytes, cluster: cluster)) != nil
        case .sessionFrame:
            return (try? SessionFrame(decoding: bytes)) != nil
        case .blobFrame:
            return (try? FrameOpener(Self.ticketKey).open(bytes, nowUnixMs: Self.now)) != nil
        case .joinToken:
            let text = String(decoding: bytes, as: UTF8.self)
            guard let token = try? JoinToken(parsing: text) else { return false }
            return try JoinToken(parsing: token.text) == token
        }
    }
}
