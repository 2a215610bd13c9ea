public import Domain
public import Identity
public import Messaging
public import Wire

/// Everything that can go wrong between a node and the coordinator's gate.
public enum SessionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The other side refused for good; its own sentence.
    case refused(String)
    /// The other side is busy; ask again after that many milliseconds.
    case busy(milliseconds: Int64, String)
    /// The connection failed.
    case messaging(MessagingError)
    /// A certificate, a token or a key is not good.
    case identity(IdentityError)
    /// A message cannot be read or written.
    case wire(WireError)
    /// The other side answered something else than what was asked.
    case unexpectedAnswer(to: String)
    /// The role does not allow it.
    case notAllowed(String, Action)
    /// A request speaks for another worker than its sender.
    case notThisWorker(String, WorkerID)

    /// Whether the same may be tried again with hope.
    public var isRetryable: Bool {
        switch self {
        case .busy: true
        case .messaging(let error): error.isRetryable
        default: false
        }
    }

    /// One sentence: what is wrong, and what to do.
    public var description: String {
        switch self {
        case .refused(let text): text
        case .busy(let milliseconds, let text): "\(text) Ask again in \(milliseconds) ms."
        case .messaging(let error): error.description
        case .identity(let error): error.description
        case .wire(let error): error.description
        case .unexpectedAnswer(let question):
            "The coordinator answered something else than the \(question); use equal versions."
        case .notAllowed(let who, let action):
            "\(who) may not \(action.rawValue); ask an administrator for a token of another role."
        case .notThisWorker(let who, let worker):
            "\(who) spoke for the worker \(worker), which is not its own; start the worker with "
                + "the name of its certificate."
        }
    }
}
