/// One coordinator's time with a ledger, from opening it to closing it.
public struct LedgerTerm: Hashable, Sendable {
    /// Counts the coordinators that have opened this ledger, this one included.
    public let epoch: Int
    /// Counts how often an older copy was put back into use; 0 for a ledger that never was.
    public let generation: Int
    /// No attempt of any task may have this number or a smaller one; 0 until a copy was put
    /// back. Numbers up to here may have been granted in the time that the copy forgot.
    public let attemptFloor: Int
    /// Whether this opening found that an older copy was put back.
    public let isRestored: Bool
}
