import Foundation
import Synchronization
import Testing

@testable import Messaging

/// A replier that puts requests and departures into inboxes, as the coordinator does.
private struct Parking: Sendable {
    let requests = Inbox<IncomingRequest>()
    let departures = Inbox<PeerID>()
    let replier: Replier

    init(_ url: String, reserve: Int = 32) throws {
        let (requests, departures) = (requests, departures)
        replier = try Replier(
            url: url,
            receiveLimit: 1 << 20,
            reserve: reserve,
            onRequest: { requests.put($0) },
            onDisconnect: { departures.put($0) }
        )
    }

    func requester() throws -> Requester {
        try Requester(url: replier.localURL, receiveLimit: 1 << 20, name: "test")
    }
}

extension `Messaging over nng` {
    @Suite struct `Parked requests` {
        @Test func `are answered later from another thread`() async throws {
            try await onThread {
                let parking = try Parking(freshURL("tcp"))
                defer { parking.replier.close() }
                let requester = try parking.requester()
                defer { requester.close() }
                let outcomes = (0..<5 as Range<UInt8>).map { number in
                    start { try requester.request([number], timeout: .seconds(60)) }
                }
                // Answered in the opposite order of their arrival.
                let parked = try (0..<5).map { _ in try parking.requests.take() }
                for request in parked.reversed() { try request.reply(request.body + [9]) }
                for (number, outcome) in outcomes.enumerated() {
                    #expect(try outcome.take().get() == [UInt8(number), 9])
                }
            }
        }

        @Test func `time out at the requester, which goes on working`() async throws {
            try await onThread {
                let parking = try Parking(freshURL("tcp"))
                defer { parking.replier.close() }
                let requester = try parking.requester()
                defer { requester.close() }
                let url = parking.replier.localURL
                // The first exchange makes the connection, so that the second times out parked.
                let first = start { try requester.request([0], timeout: .seconds(60)) }
                try parking.requests.take().reply([0])
                #expect(try first.take().get() == [0])
                #expect(throws: MessagingError.timedOut(operation: .receiving, url: url)) {
                    try requester.request([1], timeout: .milliseconds(50))
                }
                let late = try parking.requests.take()
                let outcome = start { try requester.request([2], timeout: .seconds(60)) }
                // The late reply must not be taken for the next request's.
                try late.reply([1])
                try parking.requests.take().reply([2])
                #expect(try outcome.take().get() == [2])
            }
        }

        @Test func `free their contexts when they are dropped`() async throws {
            try await onThread {
                let parking = try Parking(freshURL("tcp"), reserve: 4)
                let requester = try parking.requester()
                let outcomes = (0..<100 as Range<UInt8>).map { number in
                    start { try requester.request([number], timeout: .seconds(60)) }
                }
                var parked = try (0..<100).map { _ in try parking.requests.take() }
                #expect(Set(parked.map(\.body)).count == 100)
                #expect(parking.replier.openContexts >= 100)
                parked = []
                #expect(eventually { parking.replier.parkedContexts >= 100 })
                let outcome = start { try requester.request([200], timeout: .seconds(60)) }
                try parking.requests.take().reply([201])
                #expect(try outcome.take().get() == [201])
                // Nobody answers the hundred; closing ends them.
                requester.close()
                for outcome in outcomes {
                    #expect(throws: MessagingError.closed) { try outcome.take().get() }
                }
                parking.replier.close()
                #expect(eventually { parking.replier.openContexts == 0 })
            }
        }

        @Test func `cannot be answered after the replier was closed`() async throws {
            try await onThread {
                let parking = try Parking(freshURL("tcp"))
                let requester = try parking.requester()
                defer { requester.close() }
                let outcome = start { try requester.request([1], timeout: .seconds(60)) }
                let request = try parking.requests.take()
                parking.replier.close()
                #expect(throws: MessagingError.closed) { try request.reply([1]) }
                let url = parking.replier.localURL
                #expect(throws: MessagingError.connectionLost(url: url)) {
                    try outcome.take().get()
                }
            }
        }
    }

    @Suite struct `Broken connections` {
        @Test func `are reported to the replier`() async throws {
            try await onThread {
                let parking = try Parking(freshURL("tcp"))
                defer { parking.replier.close() }
                let requester = try parking.requester()
                let outcome = start { try requester.request([1], timeout: .seconds(60)) }
                let request = try parking.requests.take()
                requester.close()
                #expect(try parking.departures.take() == request.peer)
                #expect(throws: MessagingError.closed) { try outcome.take().get() }
                // A reply to nobody is dropped in silence.
                try request.reply([1])
            }
        }

        @Test func `are replaced by dialing again`() async throws {
            try await onThread {
                let parking = try Parking(freshURL("tcp"))
                defer { parking.replier.close() }
                let requester = try parking.requester()
                defer { requester.close() }
                let url = parking.replier.localURL
                let lost = start { try requester.request([1], timeout: .seconds(60)) }
                let request = try parking.requests.take()
                try requester.redial()
                #expect(throws: MessagingError.connectionLost(url: url)) { try lost.take().get() }
                #expect(try parking.departures.take() == request.peer)
                let outcome = start { try requester.request([2], timeout: .seconds(60)) }
                let next = try parking.requests.take()
                #expect(next.peer != request.peer)
                try next.reply([3])
                #expect(try outcome.take().get() == [3])
            }
        }

        @Test func `heal when the replier restarts on its port`() async throws {
            try await onThread {
                let first = try echoReplier(freshURL("tcp"))
                let requester = try Requester(
                    url: first.localURL,
                    receiveLimit: 1_024,
                    name: "test"
                )
                defer { requester.close() }
                #expect(try requester.request([1], timeout: .seconds(20)) == [1])
                first.close()
                let error = #expect(throws: MessagingError.self) {
                    try requester.request([2], timeout: .milliseconds(50))
                }
                #expect(error?.isRetryable == true)
                let second = try echoReplier(first.localURL)
                defer { second.close() }
                let reply = (0..<400).lazy.compactMap { _ in
                    try? requester.request([3], timeout: .milliseconds(50))
                }.first
                #expect(reply == [3])
            }
        }

        @Test func `leave no message behind`() async throws {
            try await onThread {
                #expect(eventually { liveMessages.load(ordering: .relaxed) == 0 })
                let parking = try Parking(freshURL("tcp"))
                let requester = try parking.requester()
                for round in 0..<20 as Range<UInt8> {
                    let outcome = start { try requester.request([round], timeout: .seconds(60)) }
                    let request = try parking.requests.take()
                    if round % 4 == 0 { try requester.redial() }
                    try request.reply(request.body)
                    _ = try outcome.take()
                }
                parking.replier.close()
                // No connection takes this one: it times out while sending.
                _ = try? requester.request([1], timeout: .milliseconds(20))
                requester.close()
                #expect(throws: MessagingError.closed) {
                    try requester.request([1], timeout: .seconds(1))
                }
                #expect(eventually { liveMessages.load(ordering: .relaxed) == 0 })
                #expect(eventually { parking.replier.openContexts == 0 })
            }
        }
    }
}
