/// One thing that the doctor has to say of a ledger.
public struct LedgerFinding: Hashable, Sendable, Codable {
    /// How much it matters.
    public enum Severity: String, Hashable, Sendable, Codable, CaseIterable {
        /// As it should be, or worth knowing.
        case note
        /// Works, but should be looked at.
        case warning
        /// Promises are broken or about to be.
        case problem
    }

    /// How much it matters.
    public let severity: Severity
    /// What was looked at, in a word or two.
    public let subject: String
    /// What was found and what to do, in a sentence.
    public let text: String

    /// A finding from its parts.
    public init(_ severity: Severity, _ subject: String, _ text: String) {
        self.severity = severity
        self.subject = subject
        self.text = text
    }
}
