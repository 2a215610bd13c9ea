public import Domain
public import Identity

extension Gatekeeper {
    /// Makes a join token; store the book before telling it.
    ///
    /// - Parameters:
    ///   - role: what its bearer becomes.
    ///   - name: the only name that its bearer may take, also when another machine holds it; nil
    ///     lets the bearer choose a free one.
    ///   - uses: 1 to ``Identity/TokenRegister/usesMax``. The default is 1.
    ///   - lifeMilliseconds: 1 minute to 90 days. The default is 24 hours.
    /// - Throws: that there is no authority, or what ``Identity/TokenRegister`` refuses.
    public mutating func issueToken(
        _ role: Role, name: String? = nil, uses: Int = 1,
        lifeMilliseconds: Int64 = TokenRegister.defaultLifeMilliseconds, nowUnixMs: Int64,
        random: inout some RandomNumberGenerator
    ) throws(SessionError) -> JoinToken {
        guard let authority else {
            throw .refused(
                "This coordinator has no authority; make one with `spokeshave cluster init`.")
        }
        guard authority.canSign else { throw .identity(.noAuthorityKey(authority.cluster)) }
        do {
            let token = try bookValue.tokens.issue(
                pin: authority.certificate.pin, role: role, name: name, uses: uses,
                lifeMilliseconds: lifeMilliseconds, nowUnixMs: nowUnixMs, random: &random)
            isBookChanged = true
            return token
        } catch {
            throw .identity(error)
        }
    }

    /// Lets somebody in no more, at once: `worker:w-1` denies a name and all its certificates, a
    /// certificate's number (hexadecimal) denies that one, `token:abcdefgh` ends a token.
    ///
    /// - Returns: a sentence about what was done. Store the book before telling it.
    public mutating func revoke(_ what: String) throws(SessionError) -> String {
        do {
            if what.hasPrefix("token:") {
                let id = String(what.dropFirst("token:".count))
                guard bookValue.tokens.withdraw(id: id) else {
                    throw IdentityError.unknownToken(id: String(id.prefix(16)))
                }
                isBookChanged = true
                return "Token \(id) can no longer be used."
            }
            if what.contains(":") {
                let identity = try NodeIdentity(commonName: what)
                try bookValue.denied.deny(identity)
                isBookChanged = true
                let ended = sessions.remove { $0.identity == identity }
                return "\(identity) is no longer let in; \(ended) open sessions were ended."
            }
            let serial = what.lowercased()
            guard (2...64).contains(serial.utf8.count), serial.allSatisfy(\.isHexDigit) else {
                throw IdentityError.wrongName(String(what.prefix(80)))
            }
            try bookValue.denied.deny(serial: serial)
            isBookChanged = true
            let ended = sessions.remove { $0.serial == serial }
            return "Certificate \(serial) is no longer taken; \(ended) open sessions were ended."
        } catch let error as IdentityError {
            throw .identity(error)
        } catch {
            throw .refused("\(error)")
        }
    }

    /// Takes back the denial of a name; its holder joins again with a new token.
    public mutating func readmit(_ identity: NodeIdentity) {
        bookValue.denied.allow(identity)
        bookValue.nodes.forget(identity)
        isBookChanged = true
    }
}
