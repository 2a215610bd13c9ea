import Domain
import Foundation
import Messaging
import Synchronization
import Wire

/// The worker's requests to the coordinator, each repeated until it is answered.
///
/// A repeat has the sequence number of the first try, so that the coordinator answers it with
/// the answer that was lost. Methods block; call them on own threads.
final class ControlLink: Sendable {
    private let requester: Requester
    private let identity: WorkerIdentity
    private let sequence = Atomic<UInt64>(1)
    private let isClosed = Atomic<Bool>(false)
    private let lastAnswer: Mutex<ContinuousClock.Instant>

    init(address: String, identity: WorkerIdentity) throws {
        requester = try Requester(
            url: address, receiveLimit: Limits.controlMessageBytes, name: "control")
        self.identity = identity
        lastAnswer = Mutex(.now)
    }

    func close() {
        isClosed.store(true, ordering: .relaxed)
        requester.close()
    }

    /// Asks and waits for the answer, however often the connection breaks.
    ///
    /// - Parameters:
    ///   - timeout: for one try.
    ///   - triesMax: after so many tries the last error is thrown.
    func ask(
        _ body: WorkerRequest.Body, channel: String, timeout: Duration, triesMax: Int = .max
    ) throws -> WorkerReply {
        let number = sequence.wrappingAdd(1, ordering: .relaxed).newValue
        let request = WorkerRequest(
            worker: identity.id, incarnation: identity.incarnation, sequence: number,
            channel: channel, body: body)
        let bytes = [ControlEnvelope.worker] + (try request.encoded())
        var pause = 0.05
        var tries = 0
        while !isClosed.load(ordering: .relaxed) {
            do {
                let reply = try WorkerReply(
                    decoding: try requester.request(bytes, timeout: timeout))
                lastAnswer.withLock { $0 = .now }
                return reply
            } catch let error as MessagingError {
                if isClosed.load(ordering: .relaxed) { throw WorkerError.stopping }
                tries += 1
                guard error.isRetryable, tries < triesMax else { throw error }
                redialWhenSilent()
                Thread.sleep(forTimeInterval: pause)
                pause = min(2, pause * 2)
            }
        }
        throw WorkerError.stopping
    }

    /// A connection that gives no answer for a lease's time is given up and made anew.
    private func redialWhenSilent() {
        let limit = Duration.milliseconds(Limits.leaseMilliseconds)
        let isSilent = lastAnswer.withLock { last in
            guard last.duration(to: .now) > limit else { return false }
            last = .now
            return true
        }
        if isSilent { try? requester.redial() }
    }
}
