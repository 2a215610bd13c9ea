/// When to renew a worker's certificate, and how.
public struct CredentialRenewal: Sendable {
    /// When it is due first, in milliseconds since 1970.
    public let firstDueUnixMs: Int64
    /// Renews, and says when it is due again; may block. After an error it is called again a
    /// minute later.
    public let renew: @Sendable () throws -> Int64

    /// A renewal from its parts.
    public init(firstDueUnixMs: Int64, renew: @escaping @Sendable () throws -> Int64) {
        self.firstDueUnixMs = firstDueUnixMs
        self.renew = renew
    }
}
