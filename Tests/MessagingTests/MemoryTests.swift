import Foundation
import Messaging
import Synchronization
import Testing

/// Faults taken from a list, in order; then none.
private final class Plan: Sendable {
    private let faults: Mutex<[MemoryFault]>

    init(_ faults: [MemoryFault]) {
        self.faults = Mutex(faults)
    }

    func next() -> MemoryFault {
        faults.withLock { $0.isEmpty ? .none : $0.removeFirst() }
    }
}

@Suite struct `Messaging through memory` {
    private func echo(
        requests: [MemoryFault] = [],
        replies: [MemoryFault] = [],
        seen: Inbox<IncomingRequest>? = nil,
        departures: Inbox<PeerID>? = nil
    ) -> MemoryReplier {
        let (requests, replies) = (Plan(requests), Plan(replies))
        return MemoryReplier(
            receiveLimit: 100,
            faults: { $0 == .request ? requests.next() : replies.next() },
            onRequest: { request in
                seen?.put(request)
                try? request.reply(request.body)
            },
            onDisconnect: { departures?.put($0) }
        )
    }

    @Test func `brings a reply back`() async throws {
        try await onThread { () throws in
            let requester: any RequestChannel = MemoryRequester(connectedTo: echo())
            #expect(try requester.request([1, 2], timeout: .seconds(20)) == [1, 2])
            requester.close()
            #expect(throws: MessagingError.closed) {
                try requester.request([1], timeout: .seconds(20))
            }
        }
    }

    @Test func `keeps the limit in both directions`() async throws {
        try await onThread { () throws in
            let requester = MemoryRequester(connectedTo: echo())
            #expect(throws: MessagingError.tooLarge(bytes: 101, limit: 100)) {
                try requester.request(pattern(seed: 1, count: 101), timeout: .seconds(20))
            }
            let refused = Inbox<MessagingError>()
            let generous = MemoryReplier(
                receiveLimit: 100,
                onRequest: { request in
                    do throws(MessagingError) {
                        try request.reply(pattern(seed: 1, count: 101))
                    } catch {
                        refused.put(error)
                    }
                }
            )
            #expect(throws: MessagingError.self) {
                try MemoryRequester(connectedTo: generous).request([], timeout: .seconds(20))
            }
            #expect(try refused.take() == .tooLarge(bytes: 101, limit: 100))
        }
    }

    @Test func `loses requests and replies on command, without waiting`() async throws {
        try await onThread { () throws in
            let lost = MessagingError.timedOut(operation: .receiving, url: "memory://test")
            let seen = Inbox<IncomingRequest>()
            let requester = MemoryRequester(
                connectedTo: echo(requests: [.drop], replies: [.drop], seen: seen)
            )
            #expect(throws: lost) { try requester.request([1], timeout: .seconds(3_600)) }
            #expect(throws: lost) { try requester.request([2], timeout: .seconds(3_600)) }
            #expect(try seen.take().body == [2])
            #expect(try requester.request([3], timeout: .seconds(20)) == [3])
        }
    }

    @Test func `doubles requests and replies on command`() async throws {
        try await onThread { () throws in
            let seen = Inbox<IncomingRequest>()
            let requester = MemoryRequester(
                connectedTo: echo(requests: [.duplicate], replies: [.drop], seen: seen)
            )
            // The reply to the first copy is lost; the second copy's arrives.
            #expect(try requester.request([1], timeout: .seconds(20)) == [1])
            #expect(try seen.take().body == [1])
            #expect(try seen.take().body == [1])
            let twice = MemoryRequester(connectedTo: echo(replies: [.duplicate]))
            #expect(try twice.request([5], timeout: .seconds(20)) == [5])
            #expect(try twice.request([6], timeout: .seconds(20)) == [6])
        }
    }

    @Test func `breaks the connection on command and comes back as a new peer`() async throws {
        try await onThread { () throws in
            let seen = Inbox<IncomingRequest>()
            let departures = Inbox<PeerID>()
            let requester = MemoryRequester(
                connectedTo: echo(
                    requests: [.none, .disconnect],
                    replies: [.none, .disconnect],
                    seen: seen,
                    departures: departures
                )
            )
            let lost = MessagingError.connectionLost(url: "memory://test")
            #expect(try requester.request([1], timeout: .seconds(20)) == [1])
            let first = try seen.take().peer
            #expect(throws: lost) { try requester.request([2], timeout: .seconds(20)) }
            #expect(try departures.take() == first)
            #expect(throws: lost) { try requester.request([3], timeout: .seconds(20)) }
            let second = try seen.take().peer
            #expect(second != first)
            #expect(try departures.take() == second)
            #expect(try requester.request([4], timeout: .seconds(20)) == [4])
        }
    }

    @Test func `parks requests until they are answered, dropped or cut off`() async throws {
        try await onThread { () throws in
            let parked = Inbox<IncomingRequest>()
            let replier = MemoryReplier(receiveLimit: 100, onRequest: { parked.put($0) })
            let requester = MemoryRequester(connectedTo: replier)
            let answered = start { try requester.request([1], timeout: .seconds(60)) }
            try parked.take().reply([2])
            #expect(try answered.take().get() == [2])
            let dropped = start { try requester.request([1], timeout: .seconds(3_600)) }
            _ = try parked.take()
            #expect(throws: MessagingError.timedOut(operation: .receiving, url: "memory://test")) {
                try dropped.take().get()
            }
            let cut = start { try requester.request([1], timeout: .seconds(3_600)) }
            let request = try parked.take()
            replier.close()
            #expect(throws: MessagingError.connectionLost(url: "memory://test")) {
                try cut.take().get()
            }
            #expect(throws: MessagingError.closed) { try request.reply([1]) }
        }
    }
}
