/// Everything that can go wrong between a requester and a replier.
///
/// `isRetryable` tells the two kinds apart: after a retryable error the same request may be sent
/// again (with the same idempotency key, since the first copy may have been served); after any
/// other error repeating cannot help.
public enum MessagingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being done when the error arose.
    public enum Operation: String, Sendable {
        case opening, listening, dialing, sending, receiving, replying
    }

    /// Another process, or another replier of this one, listens at `url` already.
    case addressInUse(url: String)
    /// The host of `url` answered that nothing listens there.
    case refused(url: String)
    /// There is no route to the host of `url`.
    case unreachable(url: String)
    /// The caller's time ran out. `sending` means that no connection took the request in time;
    /// `receiving` means that it went out and no reply came.
    case timedOut(operation: Operation, url: String)
    /// This requester or replier was closed by its owner.
    case closed
    /// The connection broke while a reply was awaited; the request may have been served.
    case connectionLost(url: String)
    /// A message of `bytes` bytes is over the agreed `limit` in bytes.
    case tooLarge(bytes: Int, limit: Int)
    /// `url` is not an address of a supported transport.
    case invalidAddress(url: String)
    /// `part` of the TLS credentials cannot be loaded.
    case badCredentials(part: String)
    /// The machine at `url` answered, but the two could not agree to talk.
    case handshakeFailed(url: String, fault: HandshakeFault)
    /// The other side understood the request and refused it, by a sentence of its own.
    case refusedByPeer(text: String)
    /// Any other failure of the library, with its code and its text.
    case failed(operation: Operation, code: Int32, text: String, url: String)

    /// Whether the same request may be tried again with hope.
    public var isRetryable: Bool {
        switch self {
        case .refused, .unreachable, .timedOut, .connectionLost: true
        // A coordinator that restarts at this moment hangs up, too.
        case .handshakeFailed(_, let fault): fault == .hungUp || fault == .unclear
        case .addressInUse, .closed, .tooLarge, .invalidAddress, .badCredentials, .refusedByPeer,
            .failed:
            false
        }
    }

    /// One sentence: what happened, where, and what to do.
    public var description: String {
        switch self {
        case .addressInUse(let url):
            "Cannot listen at \(url): the address is in use; stop the other process or choose "
                + "another port."
        case .refused(let url):
            "Nothing listens at \(url); check that the coordinator runs and that the port is right."
        case .unreachable(let url):
            "There is no route to \(url); check the host and the network."
        case .timedOut(.sending, let url):
            "No connection to \(url) took the request in time; check that the coordinator runs."
        case .timedOut(let operation, let url):
            "Time ran out while \(operation.rawValue) at \(url); try the same request again."
        case .closed:
            "The socket was closed by this process; open a new one to go on."
        case .connectionLost(let url):
            "The connection to \(url) broke before the reply came; try the same request again."
        case .tooLarge(let bytes, let limit):
            "A message of \(bytes) bytes is over the limit of \(limit) bytes; send it in chunks."
        case .invalidAddress(let url):
            "\(url) is not a usable address; write tls+tcp://host:port with certificates, and "
                + "tcp://host:port, ipc:///path or inproc://name without."
        case .badCredentials(let part):
            "Cannot load \(part): TLS takes PEM with an ECDSA P-256, ECDSA P-384 or RSA key; make "
                + "the certificate anew."
        case .handshakeFailed(let url, let fault):
            "Cannot agree with the machine at \(url): \(fault.sentence)"
        case .refusedByPeer(let text): text
        case .failed(let operation, let code, let text, let url):
            "nng failed while \(operation.rawValue) at \(url): \(text) (code \(code))."
        }
    }
}
