import Domain
import Foundation
import Messaging
import Wire

@testable import Worker

/// The other side of a worker, without a network and without a scheduler: it says what a test
/// has told it to say, remembers what it heard, and answers repeats as it did before.
final class FakeCoordinator: Sendable {
    struct State: Sendable {
        /// What is granted to lease requests, one after another; then they wait.
        var grants: [WorkGrant] = []
        /// Tells the worker to ask a commit again, so many times.
        var postponedCommits = 0
        /// Answers the next beat like a coordinator that was started anew.
        var hasForgotten = false
        var refusal: String?
        var beat = BeatReply()
        var heard: [WorkerRequest.Body] = []
        var answers: [String: (sequence: UInt64, bytes: [UInt8])] = [:]
    }

    let state: Monitor<State>
    private let faults: @Sendable (MemoryFault.Moment) -> MemoryFault

    init(
        grants: [WorkGrant] = [],
        faults: @escaping @Sendable (MemoryFault.Moment) -> MemoryFault = { _ in .none }
    ) {
        state = Monitor(State(grants: grants))
        self.faults = faults
    }

    /// A connection for a worker's configuration.
    func connection() -> ControlConnection {
        let replier = MemoryReplier(
            receiveLimit: Limits.controlMessageBytes, faults: faults,
            onRequest: { self.hear($0) })
        let requester = MemoryRequester(connectedTo: replier)
        return ControlConnection(channel: requester) {}
    }

    private func hear(_ incoming: IncomingRequest) {
        guard incoming.body.first == ControlEnvelope.worker,
            let request = try? WorkerRequest(decoding: Array(incoming.body.dropFirst()))
        else { return }
        var bytes: [UInt8]?
        state.change { state in
            if let known = state.answers[request.channel], known.sequence >= request.sequence {
                if known.sequence == request.sequence { bytes = known.bytes }
                return
            }
            state.heard.append(request.body)
            guard let reply = Self.reply(to: request, &state) else { return }
            bytes = try? reply.encoded()
            if let bytes { state.answers[request.channel] = (request.sequence, bytes) }
        }
        // A lease request without work simply waits until the worker asks again or leaves.
        if let bytes { try? incoming.reply(bytes) }
    }

    private static func reply(to request: WorkerRequest, _ state: inout State) -> WorkerReply? {
        if let refusal = state.refusal { return .refused(refusal, isFinal: true) }
        switch request.body {
        case .holdings, .release, .goodbye, .fail: return .done
        case .hello:
            return .welcome(
                CoordinatorProfile(
                    leaseMilliseconds: 30_000, beatMilliseconds: 100,
                    blobAddress: "tcp://127.0.0.1:1", host: "there", storePath: "/nowhere"))
        case .lease:
            guard !state.grants.isEmpty else { return nil }
            return .grant(state.grants.removeFirst())
        case .beat:
            guard !state.hasForgotten else {
                state.hasForgotten = false
                return .sayHello
            }
            return .beat(state.beat)
        case .commit:
            guard state.postponedCommits == 0 else {
                state.postponedCommits -= 1
                return .later(milliseconds: 60, "The coordinator's disk is full.")
            }
            return .commit(.accepted)
        }
    }

    /// Waits until something was heard; false when it does not come.
    func waits(for isIt: (WorkerRequest.Body) -> Bool) -> Bool {
        state.wait(
            until: { $0.heard.contains(where: isIt) },
            orUntil: Date(timeIntervalSinceNow: 15)
        ).heard.contains(where: isIt)
    }

    func heard(_ isIt: (WorkerRequest.Body) -> Bool) -> [WorkerRequest.Body] {
        state.read { $0.heard.filter(isIt) }
    }

    var commits: [LeaseToken] {
        state.read(\.heard).compactMap { request in
            if case .commit(let token, _, _, _) = request { token } else { nil }
        }
    }
}
