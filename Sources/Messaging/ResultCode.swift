import CNNG

/// Number of nng's error `name`, in the signed type that its functions return.
private func code(_ name: nng_errno_enum) -> Int32 {
    Int32(bitPattern: name.rawValue)
}

extension MessagingError {
    /// Translates a code that nng returned for `operation` at `url`; the code must not be zero.
    init(code number: Int32, operation: Operation, url: String) {
        switch number {
        case code(NNG_ETIMEDOUT): self = .timedOut(operation: operation, url: url)
        case code(NNG_ECLOSED): self = .closed
        case code(NNG_EADDRINUSE): self = .addressInUse(url: url)
        // A missing ipc path means the same as a closed port.
        case code(NNG_ECONNREFUSED), code(NNG_ENOENT): self = .refused(url: url)
        case code(NNG_EUNREACHABLE): self = .unreachable(url: url)
        case code(NNG_EADDRINVAL): self = .invalidAddress(url: url)
        case code(NNG_ECONNRESET), code(NNG_ECONNSHUT), code(NNG_ECONNABORTED):
            self =
                operation == .dialing
                ? .handshakeFailed(url: url, fault: .hungUp) : .connectionLost(url: url)
        case code(NNG_ECRYPTO), code(NNG_EPEERAUTH):
            self = .handshakeFailed(url: url, fault: .unclear)
        default:
            let text = unsafe String(cString: nng_strerror(number))
            self = .failed(operation: operation, code: number, text: text, url: url)
        }
    }
}

/// Throws the translation of `number` unless it is zero.
func check(
    _ number: Int32,
    while operation: MessagingError.Operation,
    at url: String
) throws(MessagingError) {
    guard number == 0 else {
        throw MessagingError(code: number, operation: operation, url: url)
    }
}

/// The version of the nng library that runs, such as "1.5.2"; daemons log it at start.
public func messagingLibraryVersion() -> String {
    unsafe String(cString: nng_version())
}
