/// Asks a listener something over a fresh connection each time, as a stranger would meet it.
///
/// A listener of nng 1.5.2 that has died still takes connections and answers none (upstream #1518);
/// only a question that wants an answer finds that out. Run it every few seconds on a thread of
/// your own, hand what happened to a `ProbeJudge`, and recycle the listener when that says so.
public struct SelfProbe: Sendable {
    private let url: String
    private let security: EndpointSecurity
    private let request: [UInt8]
    private let receiveLimit: Int
    private let timeout: Duration

    /// A probe that sends `request`.
    ///
    /// - Parameters:
    ///   - url: the address that others dial, not one behind a doorman.
    ///   - security: a client's credentials; the coordinator has a certificate of its own for that,
    ///     because one for servers is refused.
    ///   - request: what to ask: something cheap that is always answered.
    ///   - receiveLimit: the largest answer in bytes; the default is 64 KiB.
    ///   - timeout: for everything together; the default is 5 s.
    public init(
        url: String, security: EndpointSecurity = .plain, request: [UInt8],
        receiveLimit: Int = 65_536, timeout: Duration = .seconds(5)
    ) {
        precondition(timeout > .zero && receiveLimit > 0)
        self.url = url
        self.security = security
        self.request = request
        self.receiveLimit = receiveLimit
        self.timeout = timeout
    }

    /// Connects, asks, and hangs up; blocks the calling thread for at most about the timeout.
    ///
    /// - Returns: the answer.
    /// - Throws: whatever kept the answer away.
    public func ping() throws(MessagingError) -> [UInt8] {
        let requester = try Requester(
            url: url, receiveLimit: receiveLimit, sendLimit: request.count, name: "self-probe",
            security: security)
        defer { requester.close() }
        return try requester.request(request, timeout: timeout)
    }
}
