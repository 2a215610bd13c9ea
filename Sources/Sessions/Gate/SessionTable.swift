internal import Domain
internal import Identity

/// A session as the coordinator keeps it.
struct LiveSession: Sendable {
    let id: SessionID
    let identity: NodeIdentity
    let serial: String
    let incarnation: UInt64
    let key: SessionKey
    let expiresUnixMs: Int64
    var lastUseUnixMs: Int64
    /// Whether a frame came that only the owner of the key can have made.
    var isUsed = false
    var window = ReplayWindow()

    func isOver(nowUnixMs: Int64) -> Bool {
        nowUnixMs >= expiresUnixMs
            || nowUnixMs - lastUseUnixMs >= SessionTable.idleMilliseconds
    }
}

/// The open sessions, bounded in number.
struct SessionTable: Sendable {
    /// A session that says nothing for so long is closed: 10 minutes.
    static let idleMilliseconds: Int64 = 600_000
    /// After that a session ends in any case, and the certificate is looked at again: 12 hours.
    static let lifeMilliseconds: Int64 = 12 * 3_600_000
    /// Sessions of one identity; a new one closes the one that was silent longest.
    static let perIdentityMax = 16
    /// Sessions of all.
    static let sessionsMax = 20_000

    private var sessions: [SessionID: LiveSession] = [:]
    private var ofIdentity: [String: [SessionID]] = [:]

    var count: Int { sessions.count }

    subscript(_ id: SessionID) -> LiveSession? { sessions[id] }

    /// Adds a session; makes room where bounds ask for it.
    ///
    /// A worker that starts again has lost what it knew: sessions of its earlier starts end.
    mutating func open(_ session: LiveSession, nowUnixMs: Int64) {
        let name = session.identity.commonName
        if session.identity.role == .worker {
            for id in ofIdentity[name] ?? []
            where (sessions[id]?.incarnation ?? 0) < session.incarnation {
                remove(id)
            }
        }
        if let own = ofIdentity[name], own.count >= Self.perIdentityMax,
            let silent = leastRecent(own)
        {
            remove(silent)
        }
        if sessions.count >= Self.sessionsMax {
            prune(nowUnixMs: nowUnixMs)
            if sessions.count >= Self.sessionsMax, let silent = leastRecent(sessions.keys) {
                remove(silent)
            }
        }
        sessions[session.id] = session
        ofIdentity[name, default: []].append(session.id)
    }

    /// Notes that the session's counter was used, and when; false when it was used before.
    mutating func use(_ id: SessionID, counter: UInt64, nowUnixMs: Int64) -> Bool {
        guard sessions[id]?.window.accept(counter) == true else { return false }
        sessions[id]?.lastUseUnixMs = nowUnixMs
        sessions[id]?.isUsed = true
        return true
    }

    /// The key of the session that a node surely knows: of its latest start, the one used last.
    func knownKey(of identity: NodeIdentity) -> SessionKey? {
        let own = (ofIdentity[identity.commonName] ?? []).compactMap { sessions[$0] }
        // Later in the list means opened later.
        return own.filter(\.isUsed).enumerated()
            .max { ($0.element.incarnation, $0.offset) < ($1.element.incarnation, $1.offset) }?
            .element.key
    }

    mutating func remove(_ id: SessionID) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        let name = session.identity.commonName
        ofIdentity[name]?.removeAll { $0 == id }
        if ofIdentity[name]?.isEmpty == true { ofIdentity[name] = nil }
    }

    /// Ends all sessions that `isOut` names; how many there were.
    @discardableResult
    mutating func remove(where isOut: (LiveSession) -> Bool) -> Int {
        let out = sessions.values.filter(isOut).map(\.id)
        for id in out { remove(id) }
        return out.count
    }

    mutating func prune(nowUnixMs: Int64) {
        remove { $0.isOver(nowUnixMs: nowUnixMs) }
    }

    private func leastRecent(_ ids: some Collection<SessionID>) -> SessionID? {
        ids.compactMap { sessions[$0] }.min {
            ($0.lastUseUnixMs, $0.id) < ($1.lastUseUnixMs, $1.id)
        }?.id
    }
}
