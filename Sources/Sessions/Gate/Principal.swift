public import Domain
public import Identity

/// Who sent a request, after everything was checked.
public struct Principal: Sendable, Hashable, CustomStringConvertible {
    /// What it may do.
    public let role: Role
    /// Its name, for the record of who did what.
    public let name: String
    /// Its session; nil for those who are trusted because of where they are: a process of the same
    /// user, or anybody at all in a cluster without identities.
    public let session: SessionID?

    /// A principal from its parts.
    public init(role: Role, name: String, session: SessionID?) {
        self.role = role
        self.name = name
        self.session = session
    }

    /// `worker:w-1`, `admin:(uid 1000)` or `admin:(insecure)`.
    public var description: String { "\(role.rawValue):\(name)" }
}
