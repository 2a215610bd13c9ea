import Foundation
public import Identity
public import Messaging
internal import Wire

/// How a machine comes into a cluster, once, with a token.
public enum Joining {
    /// Joins; blocks the calling thread for at most about twice `timeout`.
    ///
    /// The authority's certificate is fetched from whoever answers, and compared with the token's
    /// pin; the token goes only to a server that this authority vouches for. The key never leaves
    /// this machine.
    /// - Parameters:
    ///   - token: from `spokeshave cluster token`.
    ///   - name: what this machine wants to be called.
    ///   - key: this machine's new key. If an answer gets lost, join again with the same one: the
    ///     token admits it again.
    ///   - nowUnixMs: the wall clock, in milliseconds since 1970.
    ///   - timeout: for each of the two exchanges. The default is 10 s.
    ///   - pause: waits when the coordinator says "later". The default sleeps.
    ///   - makeRequester: makes a connection to the coordinator's join address.
    /// - Returns: the credentials, not yet stored.
    /// - Throws: ``SessionError/identity(_:)`` with `pinMismatch` when another authority answers;
    ///   the coordinator's own sentence when it refuses; or that the connection failed.
    public static func join(
        token: JoinToken, name: String, key: NodeKey, nowUnixMs: Int64,
        timeout: Duration = .seconds(10),
        pause: ((Duration) -> Void)? = nil,
        makeRequester: (TLSTrust) throws(MessagingError) -> any RequestChannel
    ) throws(SessionError) -> NodeCredentials {
        let pause = pause ?? { Thread.sleep(forTimeInterval: $0 / .seconds(1)) }
        let authority = try fetchAuthority(of: token, timeout, pause, makeRequester)
        let request: [UInt8]
        do { request = try key.makeRequest() } catch { throw .identity(error) }
        let trust = TLSTrust.authority(
            pem: authority.pem, serverName: authority.cluster.serverName)
        let reply = try ask(
            .join(token: token.text, request: request, name: name), timeout, pause,
            over: try connect(trust, makeRequester))
        guard case .joined(let certificate) = reply else {
            throw .unexpectedAnswer(to: "wish to join")
        }
        do {
            let credentials = try NodeCredentials(
                certificate: certificate, key: key, authority: authority, nowUnixMs: nowUnixMs)
            guard credentials.name == name else { throw IdentityError.wrongName(credentials.name) }
            return credentials
        } catch let error as IdentityError {
            throw .identity(error)
        } catch {
            throw .refused("\(error)")
        }
    }

    private static func fetchAuthority(
        of token: JoinToken, _ timeout: Duration, _ pause: (Duration) -> Void,
        _ makeRequester: (TLSTrust) throws(MessagingError) -> any RequestChannel
    ) throws(SessionError) -> AuthorityCertificate {
        let reply = try ask(
            .fetchAuthority, timeout, pause, over: try connect(.unverified, makeRequester))
        guard case .authority(let der, let cluster) = reply else {
            throw .unexpectedAnswer(to: "question for the authority")
        }
        do {
            let authority = try AuthorityCertificate(der: der, cluster: try ClusterID(cluster))
            // Nothing of it was believed so far.
            guard authority.pin == token.pin else { throw IdentityError.pinMismatch }
            return authority
        } catch let error as IdentityError {
            throw .identity(error)
        } catch {
            throw .refused("\(error)")
        }
    }

    private static func connect(
        _ trust: TLSTrust,
        _ makeRequester: (TLSTrust) throws(MessagingError) -> any RequestChannel
    ) throws(SessionError) -> any RequestChannel {
        do { return try makeRequester(trust) } catch { throw .messaging(error) }
    }

    private static func ask(
        _ request: SessionRequest, _ timeout: Duration, _ pause: (Duration) -> Void,
        over channel: any RequestChannel
    ) throws(SessionError) -> SessionReply {
        defer { channel.close() }
        let deadline = ContinuousClock.now + timeout
        while true {
            do throws(SessionError) {
                return try Handshake.ask(request, over: channel, timeout: timeout)
            } catch {
                // Many machines may come in at once: the coordinator says when it is our turn.
                guard case .busy(let milliseconds, _) = error else { throw error }
                let wait = Duration.milliseconds(max(1, milliseconds))
                guard ContinuousClock.now + wait < deadline else { throw error }
                pause(wait)
            }
        }
    }
}
