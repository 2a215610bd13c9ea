import Domain
import Foundation
import Messaging
import Wire

/// A worker that computes nothing: it measures what the coordinator costs.
///
/// Several share one connection; each has its own channel for every slot.
struct LoadWorker: Sendable {
    let channel: any RequestChannel
    let worker: WorkerID
    let incarnation: UInt64
    let slots: Int

    /// Asks once with `sequence`, and again with the same number when the answer was lost.
    func ask(
        _ body: WorkerRequest.Body, channel name: String, sequence: inout UInt64
    ) throws -> WorkerReply {
        sequence += 1
        let request = WorkerRequest(
            worker: worker, incarnation: incarnation, sequence: sequence, channel: name,
            body: body)
        let bytes = [ControlEnvelope.worker] + (try request.encoded())
        var tries = 0
        while true {
            do {
                return try WorkerReply(
                    decoding: try channel.request(bytes, timeout: .seconds(40)))
            } catch let error as MessagingError where error.isRetryable && tries < 60 {
                tries += 1
                Thread.sleep(forTimeInterval: 0.25)
            }
        }
    }

    /// Says hello as a worker of `host`.
    func join(host: String) throws {
        var sequence: UInt64 = 0
        _ = try ask(.holdings([], first: true), channel: "membership", sequence: &sequence)
        let profile = WorkerProfile(
            slots: slots, memoryBytesPerSlot: 1 << 30, host: host,
            blobAddress: "tcp://127.0.0.1:1", storePath: "", software: Software.version,
            core: "none")
        let reply = try ask(
            .hello(profile, running: []), channel: "membership", sequence: &sequence)
        guard case .welcome = reply else {
            throw CommandFailure(.unexpected, "The coordinator did not welcome \(worker).")
        }
    }

    /// Beats until `isOver`.
    func beat(every seconds: Double, until isOver: @Sendable () -> Bool) throws {
        var sequence: UInt64 = 0
        while !isOver() {
            _ = try ask(
                .beat(running: [], dropped: [], damaged: [], anonymousBytes: 0),
                channel: "beat", sequence: &sequence)
            Thread.sleep(forTimeInterval: seconds)
        }
    }

    /// Takes tasks without outputs and says at once that they are done; how many there were, and
    /// when the last one's answer came.
    ///
    /// - Parameter idle: seconds without work after which the slot ends.
    func work(
        slot: Int, idle: Double, until isOver: @Sendable () -> Bool
    ) throws -> (count: Int, last: Date) {
        var sequence: UInt64 = 0
        var done = 0
        var last = Date()
        var next: WorkGrant?
        while !isOver(), Date().timeIntervalSince(last) < idle {
            if next == nil {
                let reply = try ask(
                    .lease(slot: slot), channel: "slot-\(slot)", sequence: &sequence)
                if case .grant(let grant) = reply { next = grant }
            }
            guard let grant = next else { continue }
            guard grant.outputs.isEmpty else {
                throw CommandFailure(.usage, "Only tasks without outputs can be done by nobody.")
            }
            let result = TaskResult(outputs: [], facts: Array("{}".utf8))
            let measured = TaskMeasurements(seconds: 0, peakBytes: 0, core: "none")
            let reply = try ask(
                .commit(grant.token, result, measured, next: slot), channel: "slot-\(slot)",
                sequence: &sequence)
            if case .commit(_, let more) = reply { next = more } else { next = nil }
            done += 1
            last = Date()
        }
        return (done, last)
    }
}
