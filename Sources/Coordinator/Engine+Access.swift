import Domain
import Foundation
import Logging
import Messaging
import Sessions

extension Engine {
    /// A frame from anybody: the gatekeeper says whether it is let in, and as whom.
    mutating func handle(_ request: IncomingRequest) {
        let verdict = access.judge(request, nowUnixMs: unixMilliseconds)
        let accessChanges = access.takeChanges()
        changes += accessChanges
        switch verdict {
        case .drop:
            // Dropping it unanswered costs a stranger a time-out and us nothing.
            logger.debug("frame dropped")
        case .answer(let bytes):
            let stranger = Principal(role: .viewer, name: "-", session: nil)
            let caller = Caller(request: request, principal: stranger, wrap: .plain)
            // A full ledger must not keep the coordinator from answering its own probe; an answer
            // that promises something (a token is used up) waits for its record like any other.
            if room.isStuck, accessChanges.isEmpty {
                caller.reply(bytes, logger)
            } else {
                outbox.append((caller, bytes))
            }
        case .deliver(let principal, let inner, let wrap):
            let caller = Caller(request: request, principal: principal, wrap: wrap)
            if inner.first == ControlEnvelope.worker {
                handleWorker(inner, caller)
            } else {
                handleClient(Array(inner.dropFirst()), caller)
            }
        }
    }
}
