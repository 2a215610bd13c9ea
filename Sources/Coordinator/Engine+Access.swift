import Domain
import Foundation
import Logging
import Messaging
import Sessions

extension Engine {
    /// A frame from anybody: the gatekeeper says whether it is let in, and as whom.
    mutating func handle(_ request: IncomingRequest) {
        let verdict = access.judge(request, nowUnixMs: unixMilliseconds)
        changes += access.takeChanges()
        switch verdict {
        case .drop:
            // Dropping it unanswered costs a stranger a time-out and us nothing.
            logger.debug("frame dropped")
        case .answer(let bytes):
            let stranger = Principal(role: .viewer, name: "-", session: nil)
            let caller = Caller(request: request, principal: stranger, wrap: .plain)
            // A full ledger must not keep the coordinator from answering its own probe.
            if room.isStuck { caller.reply(bytes, logger) } else { outbox.append((caller, bytes)) }
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
