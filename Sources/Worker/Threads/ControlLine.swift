import Domain
import Foundation
import Logging
import Messaging
import Synchronization
import Wire
import WorkerCore

/// The thread of one of the core's channels: asks, and tells what came of it.
final class ControlLine: Sendable {
    /// Repeated troubles are told again after so long.
    private static let quiet = Duration.seconds(60)

    private let thread: SerialThread
    private let channel: any RequestChannel
    private let logger: Logger
    private let lastComplaint = Mutex<ContinuousClock.Instant?>(nil)

    init(
        _ name: String, over channel: any RequestChannel, in crew: ThreadCrew, logger: Logger
    ) {
        thread = SerialThread("line-\(name)", in: crew)
        self.channel = channel
        self.logger = logger
    }

    /// Asks once.
    ///
    /// - Parameter tell: hears exactly one of a reply and a loss.
    func ask(
        _ request: WorkerRequest, timeoutMilliseconds: Int64,
        tell: @escaping @Sendable (WorkerEvent) -> Void
    ) {
        thread.perform { [self] in
            tell(exchange(request, timeout: .milliseconds(max(1, timeoutMilliseconds))))
        }
    }

    func end() { thread.end() }

    private func exchange(_ request: WorkerRequest, timeout: Duration) -> WorkerEvent {
        do {
            let bytes = [ControlEnvelope.worker] + (try request.encoded())
            let reply = try channel.request(bytes, timeout: timeout)
            return .reply(
                channel: request.channel, sequence: request.sequence,
                try WorkerReply(decoding: reply))
        } catch {
            complain("\(error)", about: request)
            return .lost(channel: request.channel, sequence: request.sequence)
        }
    }

    private func complain(_ reason: String, about request: WorkerRequest) {
        let isNews = lastComplaint.withLock { last in
            if let last, last.duration(to: .now) < Self.quiet { return false }
            last = .now
            return true
        }
        guard isNews else { return }
        logger.info(
            "no answer from the coordinator; asking again",
            metadata: ["channel": "\(request.channel)", "reason": "\(reason)"])
    }
}
