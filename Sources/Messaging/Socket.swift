import CNNG
import Foundation
import Synchronization

/// An open nng socket that keeps short calls on its contexts apart from its closing.
///
/// In nng 1.5.2 the thread that gives up the last hold of a closed context destroys it after
/// letting go of the lock, and uses the socket for that. If another thread runs `nng_close` then,
/// it may have freed the socket already, and the process aborts ("pthread_mutex_unlock: Invalid
/// argument"; our tests saw it). So closing first turns new calls away and waits for the few that
/// run. Nobody else ever waits, because calls come from threads of nng too.
final class Socket: Sendable {
    enum Kind: Sendable { case request, reply }

    /// For endpoints and options, inside the endpoint gate.
    let handle: nng_socket
    private let calls = Atomic<Int>(0)
    private let isClosing = Atomic<Bool>(false)

    init(_ kind: Kind, url: String) throws(MessagingError) {
        var handle = nng_socket()
        let opened = endpointGate.withLock { _ in
            switch kind {
            case .request: unsafe nng_req0_open(&handle)
            case .reply: unsafe nng_rep0_open(&handle)
            }
        }
        try check(opened, while: .opening, at: url)
        self.handle = handle
    }

    var isClosed: Bool { isClosing.load(ordering: .sequentiallyConsistent) }

    /// Runs `call`, which must not block, unless the socket is closed: then the answer is nil.
    ///
    /// Every call that names a context goes through here.
    func use<Value>(_ call: (nng_socket) -> Value) -> Value? {
        // Announced before looking, so that the closing thread sees either side of the race.
        calls.add(1, ordering: .sequentiallyConsistent)
        defer { calls.subtract(1, ordering: .sequentiallyConsistent) }
        guard !isClosed else { return nil }
        return call(handle)
    }

    /// Closes the socket, its endpoints, connections and contexts; false if that was done before.
    ///
    /// Operations under way finish with an error. It may block for a moment, and must not be
    /// called from a callback of nng. Where nng is not mended (see `MessagingLibrary`), closing may
    /// never end: then the socket and a thread are left behind after ten seconds.
    @discardableResult func close() -> Bool {
        guard !isClosing.exchange(true, ordering: .sequentiallyConsistent) else { return false }
        while calls.load(ordering: .sequentiallyConsistent) > 0 {
            Thread.sleep(forTimeInterval: 0.000_05)
        }
        let handle = handle
        endpointGate.withLock { _ in
            let isDone = Monitor(false)
            Thread {
                _ = nng_close(handle)
                isDone.change { $0 = true }
            }.start()
            guard isDone.wait(until: { $0 }, orUntil: Date(timeIntervalSinceNow: 10)) else {
                MessagingLibrary.givenUp.add(1, ordering: .relaxed)
                return
            }
        }
        return true
    }
}
