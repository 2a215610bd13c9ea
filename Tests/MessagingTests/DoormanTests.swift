import Foundation
import Synchronization
import Testing

@testable import Messaging

/// Asks all the time, on one connection and on a fresh one each time, and keeps the longest wait.
private final class Witness: Sendable {
    private let longest = Mutex<(old: Duration, fresh: Duration)>((.zero, .zero))
    private let failures = Atomic<Int>(0)
    private let rounds = Atomic<Int>(0)
    private let isDone = Monitor(false)
    private let hasEnded = Monitor(false)

    init(_ replier: Replier, _ security: EndpointSecurity) throws {
        let old = try requester(to: replier, security)
        _ = try old.request([1], timeout: .seconds(20))
        let probe = SelfProbe(
            url: replier.localURL, security: security, request: [1], timeout: .seconds(20))
        Thread { [self] in
            while !isDone.read({ $0 }) {
                measure(\.old) { _ = try old.request([1], timeout: .seconds(20)) }
                measure(\.fresh) { _ = try probe.ping() }
                rounds.add(1, ordering: .relaxed)
            }
            old.close()
            hasEnded.change { $0 = true }
        }.start()
    }

    private func measure(
        _ place: WritableKeyPath<(old: Duration, fresh: Duration), Duration>,
        _ body: () throws -> Void
    ) {
        let start = ContinuousClock.now
        do { try body() } catch { failures.add(1, ordering: .relaxed) }
        let time = start.duration(to: .now)
        longest.withLock { $0[keyPath: place] = max($0[keyPath: place], time) }
    }

    /// Ends the questions: the longest waits.
    func testify() -> (old: Duration, fresh: Duration, failures: Int, rounds: Int) {
        isDone.change { $0 = true }
        _ = hasEnded.wait { $0 }
        let (old, fresh) = longest.withLock { $0 }
        return (
            old, fresh, failures.load(ordering: .relaxed), rounds.load(ordering: .relaxed)
        )
    }
}

extension `Messaging over nng` {
    @Suite struct `Doorman` {
        private static let requestLimit = 128 << 10

        private static func doorstep() -> EndpointSecurity {
            .tls(
                .doorstep(
                    certificate: Certificates.server.certificate, key: Certificates.server.key))
        }

        /// Kinds of strangers, by what each does with a fresh connection.
        enum Mischief: String, CaseIterable, Sendable {
            case silent, halfOpen, hugeFrame, partialFrame, garbage

            func commit(on stranger: Stranger) {
                let length = { (count: Int) in (0..<8).map { UInt8(count >> (56 - 8 * $0) & 255) } }
                switch self {
                case .silent: break
                case .halfOpen: stranger.send(Stranger.clientHello)
                case .hugeFrame: stranger.send(Stranger.requesterHello + length(1 << 40))
                case .partialFrame:
                    stranger.send(Stranger.requesterHello + length(requestLimit))
                    stranger.send([UInt8](repeating: 7, count: requestLimit - 100))
                case .garbage: stranger.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
                }
            }
        }

        @Test(arguments: Mischief.allCases, [false, true])
        func `bounds what a thousand strangers cost`(
            mischief: Mischief, isTLS: Bool
        ) async throws {
            try await onThread {
                allowManyFiles()
                let replier = try echoReplier(
                    isTLS ? .tls(.goodServer) : .plain,
                    url: isTLS ? "tls+tcp://127.0.0.1:0" : "tcp://127.0.0.1:0", isGuarded: true,
                    receiveLimit: Self.requestLimit)
                defer { replier.close() }
                let witness = try Witness(replier, isTLS ? .tls(.goodClient) : .plain)
                #expect(eventually { replier.figures(of: "echo")?.admissions ?? 0 >= 10 })
                let before = residentBytes()
                var strangers: [Stranger] = []
                var grown = 0
                for number in 0..<1_000 {
                    let stranger = Stranger(to: port(of: replier.localURL))
                    if let stranger {
                        mischief.commit(on: stranger)
                        strangers.append(stranger)
                    }
                    if number % 50 == 0 { grown = max(grown, residentBytes() - before) }
                }
                // Until the last of them has been seen.
                #expect(eventually { replier.figures(of: "echo")?.arrivals ?? 0 >= 1_000 })
                grown = max(grown, residentBytes() - before)
                let (old, fresh, failures, rounds) = witness.testify()
                let figures = try #require(replier.figures(of: "echo"))
                strangers.removeAll()
                #expect(failures == 0)
                #expect(rounds > 0)
                #expect(old < .seconds(1))
                #expect(fresh < .seconds(1))
                #expect(figures.waiting <= 256)
            }
        }

        @Test func `serves a client whose neighbours at the same address flood it`() async throws {
            try await onThread {
                allowManyFiles()
                let replier = try echoReplier(.tls(.goodServer), isGuarded: true)
                defer { replier.close() }
                let witness = try Witness(replier, .tls(.goodClient))
                let strangers = (0..<400).compactMap { _ in
                    let stranger = Stranger(to: port(of: replier.localURL), from: "127.0.0.1")
                    stranger?.send(Stranger.clientHello)
                    return stranger
                }
                #expect(eventually { replier.figures(of: "echo")?.arrivals ?? 0 >= 402 })
                let (old, fresh, failures, rounds) = witness.testify()
                #expect(strangers.count == 400)
                #expect(failures == 0)
                #expect(rounds > 0)
                #expect(old < .seconds(1))
                #expect(fresh < .seconds(10))
            }
        }

        @Test(arguments: [false, true])
        func `outlives 500 clients that are killed while they greet`(
            isDoorstep: Bool
        ) async throws {
            try await onThread {
                let security = isDoorstep ? Self.doorstep() : .tls(.goodServer)
                let replier = try echoReplier(security, isGuarded: true)
                defer { replier.close() }
                let witness = try Witness(replier, .tls(.goodClient))
                // A greeting has about 1,100 bytes of the client's, 600 without its certificate.
                let wires = (0..<8).map { number in
                    CuttingWire(
                        to: port(of: replier.localURL), first: 1 + number * 2,
                        stride: isDoorstep ? 5 : 16)
                }
                let killers = wires.map { wire in
                    start {
                        for round in 1...65 {
                            let victim = try Requester(
                                url: "tls+tcp://127.0.0.1:\(wire.port)", receiveLimit: 1_000,
                                name: "victim", security: .tls(.goodClient))
                            #expect(eventually { wire.cuts >= round })
                            victim.close()
                        }
                    }
                }
                for killer in killers { try killer.take().get() }
                wires.forEach { $0.close() }
                let (old, fresh, failures, rounds) = witness.testify()
                #expect(failures == 0)
                #expect(old < .seconds(1))
                #expect(rounds > 0)
                #expect(fresh < .seconds(1))
                #expect(eventually { replier.figures(of: "echo")?.connections == 0 })
            }
        }

        @Test func `ends connections that prove nothing, and keeps the others`() async throws {
            try await onThread {
                let departures = Inbox<PeerID>()
                let replier = try Replier(
                    listeners: [
                        .guarded(
                            url: "tcp://127.0.0.1:0", label: "blobs",
                            limits: DoormanLimits(patience: .milliseconds(500)))
                    ],
                    receiveLimit: 1_000,
                    onRequest: { request in
                        try? request.reply(request.body, admits: request.body == [1])
                    },
                    onDisconnect: { departures.put($0) })
                defer { replier.close() }
                let known = try requester(to: replier, .plain)
                defer { known.close() }
                let unknown = try requester(to: replier, .plain)
                defer { unknown.close() }
                #expect(try known.request([1], timeout: .seconds(20)) == [1])
                #expect(try unknown.request([0], timeout: .seconds(20)) == [0])
                #expect(eventually { replier.figures(of: "blobs")?.admissions == 1 })
                _ = try departures.take()
                #expect(eventually { replier.figures(of: "blobs")?.turnedAway == 1 })
                // The known one still has its connection.
                #expect(try known.request([0], timeout: .milliseconds(400)) == [0])
                #expect(replier.figures(of: "blobs")?.admissions == 1)
            }
        }

        @Test func `ends every connection at a doorstep when its time is over`() async throws {
            try await onThread {
                let replier = try echoReplier(
                    Self.doorstep(), isGuarded: true,
                    limits: DoormanLimits(patience: .milliseconds(500)))
                defer { replier.close() }
                let requester = try requester(to: replier, .tls(.unverifiedClient()))
                defer { requester.close() }
                #expect(try requester.request([1], timeout: .seconds(20)) == [1])
                #expect(eventually { replier.figures(of: "echo")?.turnedAway ?? 0 >= 1 })
                #expect(replier.figures(of: "echo")?.admissions == 0)
                #expect(try requester.request([2], timeout: .seconds(20)) == [2])
            }
        }

        @Test func `drops requests that went round it`() async throws {
            try await onThread {
                let replier = try echoReplier(
                    .plain, url: "tcp://127.0.0.1:0", isGuarded: true)
                defer { replier.close() }
                let doorman = try #require(replier.reception.post(labelled: "echo")?.doorman)
                let intruder = try Requester(
                    url: "tcp://127.0.0.1:\(doorman.backendPort)", receiveLimit: 1_000,
                    name: "intruder")
                defer { intruder.close() }
                #expect(throws: MessagingError.self) {
                    try intruder.request([1], timeout: .milliseconds(300))
                }
                let guest = try requester(to: replier, .plain)
                defer { guest.close() }
                #expect(try guest.request([1], timeout: .seconds(20)) == [1])
            }
        }

        @Test func `tells where a client really comes from`() async throws {
            try await onThread {
                let origins = Inbox<RequestOrigin>()
                let replier = try Replier(
                    listeners: [.guarded(url: "tcp://127.0.0.1:0", label: "blobs")],
                    receiveLimit: 1_000, onRequest: { origins.put($0.origin) },
                    onDisconnect: { _ in })
                defer { replier.close() }
                let stranger = try #require(
                    Stranger(to: port(of: replier.localURL), from: "127.0.0.77"))
                stranger.sendAll(
                    Stranger.requesterHello + [0, 0, 0, 0, 0, 0, 0, 5, 0x80, 0, 0, 1, 42])
                #expect(try origins.take().host == "127.0.0.77")
            }
        }

        @Test func `carries big messages and many at once`() async throws {
            try await onThread {
                let replier = try echoReplier(
                    .plain, url: "tcp://127.0.0.1:0", isGuarded: true, receiveLimit: 4 << 20)
                defer { replier.close() }
                let requester = try Requester(
                    url: replier.localURL, receiveLimit: 4 << 20, name: "test")
                defer { requester.close() }
                let threads = (0..<16).map { thread in
                    start {
                        try (0..<4).filter { index in
                            let count = thread % 4 == 0 ? 4 << 20 : 10 + index
                            let bytes = pattern(seed: UInt64(thread * 10 + index), count: count)
                            return try requester.request(bytes, timeout: .seconds(60)) == bytes
                        }.count
                    }
                }
                for thread in threads { #expect(try thread.take().get() == 4) }
            }
        }
    }
}
