internal import Domain
internal import Identity
internal import Messaging
internal import Wire

extension Gatekeeper {
    private static let hasNoAuthority =
        "This coordinator has no authority; make one with `spokeshave cluster init`."

    /// A handshake on the listener that wants certificates: a challenge, or an opening.
    mutating func handshake(
        _ frame: [UInt8], from peer: PeerID, nowUnixMs: Int64,
        random: inout some RandomNumberGenerator
    ) -> Verdict {
        guard let authority else { return problem(Self.hasNoAuthority) }
        guard frame.count <= SessionLimits.handshakeBytes else { return .drop }
        let request: SessionRequest
        do { request = try SessionRequest(decoding: frame) } catch {
            return problem(error.description)
        }
        switch request {
        case .challenge:
            // Challenges alone are rationed, and with them the openings: each needs one. If both
            // were, a node that waits for its ration would spend it on challenges for ever.
            if let wait = handshakes.take(peer, nowUnixMs: nowUnixMs) { return later(wait) }
            let nonce = challenges.issue(
                nowUnixMs: nowUnixMs, byteCount: SessionLimits.nonceBytes, random: &random)
            return answer(.challenge(nonce: nonce, cluster: authority.cluster.description))
        case .open(let certificate, let nonce, let incarnation, let signature):
            let opening = Opening(
                certificate: certificate, nonce: nonce, incarnation: incarnation,
                signature: signature)
            return open(opening, authority, nowUnixMs: nowUnixMs, random: &random)
        case .fetchAuthority, .join:
            return problem("Machines join at another port of this coordinator.")
        case .renew:
            return problem("Certificates are renewed within a session.")
        }
    }

    private struct Opening {
        let certificate: [UInt8]
        let nonce: [UInt8]
        let incarnation: UInt64
        let signature: [UInt8]
    }

    private mutating func open(
        _ opening: Opening, _ authority: ClusterAuthority, nowUnixMs: Int64,
        random: inout some RandomNumberGenerator
    ) -> Verdict {
        // Before the costly part, and used up whatever comes of it.
        guard challenges.redeem(opening.nonce, nowUnixMs: nowUnixMs) else {
            return problem("The challenge is too old or was used; ask for a new one.")
        }
        let node: VerifiedNode
        do {
            node = try authority.certificate.verify(
                opening.certificate, denied: bookValue.denied, nowUnixMs: nowUnixMs)
            let proof = SessionProof(
                cluster: authority.cluster, nonce: opening.nonce,
                incarnation: opening.incarnation, certificate: opening.certificate)
            try proof.check(opening.signature, by: node)
        } catch {
            return problem(error.description)
        }
        let session = LiveSession(
            id: SessionID(random: &random), identity: node.identity, serial: node.serial,
            incarnation: opening.incarnation, key: SessionKey(random: &random),
            expiresUnixMs: min(nowUnixMs + SessionTable.lifeMilliseconds, node.endsUnixMs),
            lastUseUnixMs: nowUnixMs)
        sessions.open(session, nowUnixMs: nowUnixMs)
        return answer(
            .opened(
                session: session.id.bytes, key: session.key.bytes,
                expiresUnixMs: session.expiresUnixMs, renewDueUnixMs: node.renewalDueUnixMs))
    }

    /// A handshake of a stranger: fetching the authority's certificate, or joining.
    mutating func doorstep(
        _ frame: [UInt8], from source: String, nowUnixMs: Int64,
        random: inout some RandomNumberGenerator
    ) -> Verdict {
        guard let authority else { return problem(Self.hasNoAuthority) }
        guard frame.count <= SessionLimits.handshakeBytes else { return .drop }
        if let wait = joins.take(source, nowUnixMs: nowUnixMs) { return later(wait) }
        let request: SessionRequest
        do { request = try SessionRequest(decoding: frame) } catch {
            return problem(error.description)
        }
        switch request {
        case .fetchAuthority:
            return answer(
                .authority(
                    certificate: authority.certificate.der,
                    cluster: authority.cluster.description))
        case .join(let token, let request, let name):
            do {
                let certificate = try join(
                    token, request, name, authority, nowUnixMs: nowUnixMs, random: &random)
                return answer(.joined(certificate: certificate))
            } catch {
                return problem(error.description)
            }
        case .challenge, .open, .renew:
            return problem("This port is for joining; sessions are opened at the other one.")
        }
    }

    /// Everything is checked before anything changes, so that a refused try costs no use.
    private mutating func join(
        _ text: String, _ request: [UInt8], _ name: String, _ authority: ClusterAuthority,
        nowUnixMs: Int64, random: inout some RandomNumberGenerator
    ) throws(IdentityError) -> [UInt8] {
        let token = try JoinToken(parsing: text)
        guard token.pin == authority.certificate.pin else { throw .unknownToken(id: token.id) }
        var tokens = bookValue.tokens
        // The name's letters are the same for every role, and the role is not known yet.
        _ = try NodeIdentity(role: .worker, name: name)
        let key = try ClusterAuthority.keyFingerprint(ofRequest: request)
        let role = try tokens.redeem(token, key: key, name: name, nowUnixMs: nowUnixMs)
        let identity = try NodeIdentity(role: role, name: name)
        guard !bookValue.denied.contains(identity) else { throw .revoked(identity) }
        try bookValue.nodes.check(
            identity, key: key, mayMove: tokens.isBound(token.id), nowUnixMs: nowUnixMs)
        let certificate = try authority.sign(
            request, for: identity, nowUnixMs: nowUnixMs, random: &random)
        let node = try authority.certificate.verify(certificate, nowUnixMs: nowUnixMs)
        var denied = bookValue.denied
        let replaced = bookValue.nodes.note(node, nowUnixMs: nowUnixMs)
        if let replaced {
            // The name has moved to another machine; its old certificate must not speak for it.
            try denied.deny(serial: replaced)
            sessions.remove { $0.serial == replaced }
        }
        bookValue.denied = denied
        bookValue.tokens = tokens
        isBookChanged = true
        return certificate
    }

    /// A newer certificate for the session's own name.
    mutating func renew(
        _ inner: [UInt8], of session: LiveSession, nowUnixMs: Int64,
        random: inout some RandomNumberGenerator
    ) -> Verdict {
        guard let authority else { return problem(Self.hasNoAuthority, wrap: .session) }
        guard case .renew(let request) = try? SessionRequest(decoding: inner) else {
            return problem("Within a session only renewing is possible.", wrap: .session)
        }
        do {
            let certificate = try authority.sign(
                request, for: session.identity, nowUnixMs: nowUnixMs, random: &random)
            let node = try authority.certificate.verify(
                certificate, denied: bookValue.denied, nowUnixMs: nowUnixMs)
            // The older certificate stays good until it ends: the answer may get lost.
            _ = bookValue.nodes.note(node, nowUnixMs: nowUnixMs)
            isBookChanged = true
            return answer(.joined(certificate: certificate), wrap: .session)
        } catch {
            return problem(error.description, wrap: .session)
        }
    }

    /// A problem as the answer to a handshake.
    private func problem(_ sentence: String, wrap: ReplyWrap = .plain) -> Verdict {
        answer(.problem(.refused(sentence)), wrap: wrap)
    }

    private func later(_ milliseconds: Int64) -> Verdict {
        answer(.problem(.later(milliseconds: milliseconds, "Too many openings at once.")))
    }
}
