/// A message that cannot be understood.
public enum WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The bytes are no message of this kind.
    case malformed(message: String)
    /// A field is missing or out of its bounds.
    case badField(message: String, field: String)
    /// The other side speaks another version of the protocol.
    case version(theirs: Int, ours: Int)

    /// A sentence for people.
    public var description: String {
        switch self {
        case .malformed(let message):
            "The bytes received are no \(message): is the other side a Spokeshave of this version?"
        case .badField(let message, let field):
            "The field \(field) of a \(message) is missing or out of bounds; the message is "
                + "refused."
        case .version(let theirs, let ours):
            "The other side speaks protocol \(theirs), this one \(oldestProtocolVersion) to "
                + "\(ours): "
                + "upgrade the coordinator first, then the others."
        }
    }
}

/// The version of the protocol that this build speaks.
public let protocolVersion: UInt32 = 2

/// The oldest version that a coordinator of this build understands: workers and commands may be
/// one version behind it.
public let oldestProtocolVersion: UInt32 = 1

/// Refuses a version that this build does not understand.
func checkVersion(_ theirs: UInt32) throws(WireError) {
    guard (oldestProtocolVersion...protocolVersion).contains(theirs) else {
        throw .version(theirs: Int(theirs), ours: Int(protocolVersion))
    }
}
