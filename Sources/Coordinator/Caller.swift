import Logging
import Messaging
import Sessions

/// A request with its sender, and how an answer to it is wrapped.
struct Caller {
    let request: IncomingRequest
    let principal: Principal
    let wrap: ReplyWrap

    /// Sends the answer; a peer that has gone settles the rest by its next request or silence.
    func reply(_ bytes: [UInt8], _ logger: Logger) {
        do { try request.reply(wrap.wrap(bytes)) } catch {
            logger.debug("answer not sent", metadata: ["reason": "\(error)"])
        }
    }
}
