public import Domain
import Foundation
import SwiftProtobuf
internal import WireSchema

/// The first bytes of frames that belong to sessions; ``Domain/ControlEnvelope`` has the others.
public enum SessionEnvelope {
    /// Joining, opening and renewing, and the answers to them.
    public static let handshake = UInt8(ascii: "A")
    /// A request of a session.
    public static let request = UInt8(ascii: "S")
    /// The answer to a session's request; the inner answer follows.
    public static let reply = UInt8(ascii: "R")
    /// A ``Domain/SessionProblem``.
    public static let problem = UInt8(ascii: "E")
}

/// The bounds of what is read in handshakes.
public enum SessionLimits {
    /// Bytes of a handshake's frame: 32 KiB.
    public static let handshakeBytes = 32_768
    /// Bytes of a certificate, or of a request for one.
    public static let certificateBytesMax = 8_192
    /// Bytes of a challenge's nonce, exactly.
    public static let nonceBytes = 32
    /// Bytes of a signature, exactly.
    public static let signatureBytes = 64
    /// Bytes of a session's name, exactly.
    public static let sessionBytes = 16
    /// Bytes of a session's key, exactly.
    public static let keyBytes = 32
    /// Bytes of a join token's text.
    public static let tokenBytesMax = 256
    /// Bytes of a cluster's or a node's name.
    public static let nameBytesMax = 64
    /// Bytes of a problem's sentence.
    public static let sentenceBytesMax = 1_024
    /// How long "later" may be, in milliseconds: 10 minutes.
    public static let laterMillisecondsMax: Int64 = 600_000
    /// Moments may lie this far ahead at most: the year 9999, in milliseconds since 1970.
    public static let momentMax: Int64 = 253_402_300_799_000
}

/// What a node asks before it has a session.
public enum SessionRequest: Sendable, Hashable {
    /// Asks for a nonce to sign.
    case challenge
    /// Opens a session: the certificate (DER) and the proof that its key is at hand.
    case open(certificate: [UInt8], nonce: [UInt8], incarnation: UInt64, signature: [UInt8])
    /// Asks for the authority's certificate, which is not believed before it is compared.
    case fetchAuthority
    /// Asks for a certificate: the token's text, a PKCS #10 request (DER), the wished name.
    case join(token: String, request: [UInt8], name: String)
    /// Asks for a newer certificate of the same name, within a session.
    case renew(request: [UInt8])

    /// The request's frame, with its first byte.
    public func encoded() throws(WireError) -> [UInt8] {
        var message = SchemaSessionRequest()
        message.protocolVersion = protocolVersion
        switch self {
        case .challenge: message.challenge = SchemaSessionChallengeQuery()
        case .open(let certificate, let nonce, let incarnation, let signature):
            message.open.certificate = Data(certificate)
            message.open.nonce = Data(nonce)
            message.open.incarnation = incarnation
            message.open.signature = Data(signature)
        case .fetchAuthority: message.fetchAuthority = SchemaSessionAuthorityQuery()
        case .join(let token, let request, let name):
            message.join.token = token
            message.join.request = Data(request)
            message.join.name = name
        case .renew(let request): message.renew.request = Data(request)
        }
        do {
            return [SessionEnvelope.handshake] + Array(try message.serializedData() as Data)
        } catch {
            throw .malformed(message: "session request")
        }
    }

    /// Reads a frame; every field is checked against ``SessionLimits``.
    public init(decoding frame: [UInt8]) throws(WireError) {
        let body = try handshakeBody(of: frame, "session request")
        guard let message = try? SchemaSessionRequest(serializedBytes: Array(body)),
            let body = message.body
        else { throw .malformed(message: "session request") }
        guard message.protocolVersion == protocolVersion else {
            throw .version(theirs: Int(message.protocolVersion), ours: Int(protocolVersion))
        }
        let read = FieldReader(message: "session request")
        let long = SessionLimits.certificateBytesMax
        switch body {
        case .challenge: self = .challenge
        case .open(let open):
            self = .open(
                certificate: try read.some(open.certificate, "certificate", max: long),
                nonce: try read.exactly(SessionLimits.nonceBytes, open.nonce, "nonce"),
                incarnation: open.incarnation,
                signature: try read.exactly(
                    SessionLimits.signatureBytes, open.signature, "signature"))
        case .fetchAuthority: self = .fetchAuthority
        case .join(let join):
            self = .join(
                token: try read.text(join.token, "token", max: SessionLimits.tokenBytesMax),
                request: try read.some(join.request, "request", max: long),
                name: try read.text(join.name, "name", max: SessionLimits.nameBytesMax))
        case .renew(let renew):
            self = .renew(request: try read.some(renew.request, "request", max: long))
        }
    }
}

/// What the coordinator answers to it.
public enum SessionReply: Sendable, Hashable {
    /// A nonce to sign, and the cluster for which.
    case challenge(nonce: [UInt8], cluster: String)
    /// The session is open; moments are in milliseconds since 1970.
    case opened(session: [UInt8], key: [UInt8], expiresUnixMs: Int64, renewDueUnixMs: Int64)
    /// The authority's certificate (DER) and the cluster's name.
    case authority(certificate: [UInt8], cluster: String)
    /// The new certificate (DER), after joining or renewing.
    case joined(certificate: [UInt8])
    /// It cannot be done.
    case problem(SessionProblem)

    /// The answer's frame, with its first byte.
    public func encoded() throws(WireError) -> [UInt8] {
        var message = SchemaSessionReply()
        switch self {
        case .challenge(let nonce, let cluster):
            message.challenge.nonce = Data(nonce)
            message.challenge.cluster = cluster
        case .opened(let session, let key, let expires, let renewDue):
            message.opened.session = Data(session)
            message.opened.key = Data(key)
            message.opened.expires = UInt64(max(0, expires))
            message.opened.renewDue = UInt64(max(0, renewDue))
        case .authority(let certificate, let cluster):
            message.authority.certificate = Data(certificate)
            message.authority.cluster = cluster
        case .joined(let certificate): message.joined.certificate = Data(certificate)
        case .problem(let problem): message.problem = SchemaSessionProblem(problem)
        }
        do {
            return [SessionEnvelope.handshake] + Array(try message.serializedData() as Data)
        } catch {
            throw .malformed(message: "session reply")
        }
    }

    /// Reads a frame; every field is checked against ``SessionLimits``.
    public init(decoding frame: [UInt8]) throws(WireError) {
        let body = try handshakeBody(of: frame, "session reply")
        guard let message = try? SchemaSessionReply(serializedBytes: Array(body)),
            let body = message.body
        else { throw .malformed(message: "session reply") }
        let read = FieldReader(message: "session reply")
        let long = SessionLimits.certificateBytesMax
        let name = SessionLimits.nameBytesMax
        switch body {
        case .challenge(let challenge):
            self = .challenge(
                nonce: try read.exactly(SessionLimits.nonceBytes, challenge.nonce, "nonce"),
                cluster: try read.text(challenge.cluster, "cluster", max: name))
        case .opened(let opened):
            let max = Int(SessionLimits.momentMax)
            self = .opened(
                session: try read.exactly(SessionLimits.sessionBytes, opened.session, "session"),
                key: try read.exactly(SessionLimits.keyBytes, opened.key, "key"),
                expiresUnixMs: Int64(try read.count(opened.expires, "expires", max: max)),
                renewDueUnixMs: Int64(try read.count(opened.renewDue, "renew_due", max: max)))
        case .authority(let authority):
            self = .authority(
                certificate: try read.some(authority.certificate, "certificate", max: long),
                cluster: try read.text(authority.cluster, "cluster", max: name))
        case .joined(let joined):
            self = .joined(
                certificate: try read.some(joined.certificate, "certificate", max: long))
        case .problem(let problem): self = .problem(try problem.sessionProblem())
        }
    }
}

/// The protobuf bytes of a handshake's frame, without the first byte.
private func handshakeBody(
    of frame: [UInt8], _ message: String
) throws(WireError) -> ArraySlice<UInt8> {
    guard frame.count <= SessionLimits.handshakeBytes, frame.first == SessionEnvelope.handshake
    else { throw .malformed(message: message) }
    return frame.dropFirst()
}

extension FieldReader {
    fileprivate func exactly(
        _ count: Int, _ data: Data, _ field: String
    ) throws(WireError) -> [UInt8] {
        guard data.count == count else { throw fail(field) }
        return Array(data)
    }

    fileprivate func some(_ data: Data, _ field: String, max: Int) throws(WireError) -> [UInt8] {
        guard !data.isEmpty else { throw fail(field) }
        return try bytes(data, field, max: max)
    }
}
