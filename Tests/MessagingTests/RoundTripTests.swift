import Foundation
import Messaging
import Testing

/// All tests over nng, one after another: one of them counts live messages.
@Suite(.serialized) struct `Messaging over nng` {}

/// A replier that answers each request with its own body.
func echoReplier(_ url: String, receiveLimit: Int = 1 << 20) throws -> Replier {
    try Replier(
        url: url,
        receiveLimit: receiveLimit,
        onRequest: { request in try? request.reply(request.body) },
        onDisconnect: { _ in }
    )
}

extension `Messaging over nng` {
    @Suite struct `Round trips` {
        @Test(arguments: ["inproc", "tcp", "ipc"])
        func `brings a reply back`(transport: String) async throws {
            try await onThread {
                let replier = try echoReplier(freshURL(transport))
                defer { replier.close() }
                let requester = try Requester(
                    url: replier.localURL,
                    receiveLimit: 1 << 20,
                    name: "test"
                )
                defer { requester.close() }
                for count in [0, 1, 1_000, 1_024, 65_536] {
                    let bytes = pattern(seed: UInt64(count), count: count)
                    #expect(try requester.request(bytes, timeout: .seconds(20)) == bytes)
                }
            }
        }

        @Test func `names the real port when any was asked for`() async throws {
            try await onThread {
                let replier = try echoReplier("tcp://127.0.0.1:0")
                defer { replier.close() }
                let port = try #require(replier.localURL.split(separator: ":").last)
                #expect(replier.localURL.hasPrefix("tcp://127.0.0.1:"))
                #expect(try #require(Int(port)) > 0)
            }
        }

        @Test func `serves 64 threads on one requester without mixing replies`() async throws {
            try await onThread {
                let replier = try echoReplier("tcp://127.0.0.1:0")
                defer { replier.close() }
                let requester = try Requester(
                    url: replier.localURL,
                    receiveLimit: 1 << 20,
                    name: "test"
                )
                defer { requester.close() }
                let threads = (0..<64).map { thread in
                    start {
                        try (0..<200).filter { index in
                            let seed = UInt64(thread * 1_000 + index)
                            let bytes = pattern(seed: seed, count: 16 + (index * 37) % 500)
                            return try requester.request(bytes, timeout: .seconds(60)) == bytes
                        }.count
                    }
                }
                for thread in threads {
                    #expect(try thread.take().get() == 200)
                }
            }
        }

        @Test(arguments: ["tcp", "ipc", "inproc"])
        func `carries a message of exactly the limit`(transport: String) async throws {
            try await onThread {
                let limit = 4 << 20 + 64 << 10
                let replier = try echoReplier(freshURL(transport), receiveLimit: limit)
                defer { replier.close() }
                let requester = try Requester(
                    url: replier.localURL,
                    receiveLimit: limit,
                    name: "test"
                )
                defer { requester.close() }
                for seed in 1...3 as ClosedRange<UInt64> {
                    let bytes = pattern(seed: seed, count: limit)
                    let reply = try requester.request(bytes, timeout: .seconds(60))
                    #expect(reply == bytes)
                }
            }
        }

        @Test func `works with a dialer that came before the listener`() async throws {
            try await onThread {
                let url = freshURL("ipc")
                let requester = try Requester(url: url, receiveLimit: 1_024, name: "early")
                defer { requester.close() }
                let outcome = start { try requester.request([1, 2], timeout: .seconds(60)) }
                let replier = try echoReplier(url)
                defer { replier.close() }
                #expect(try outcome.take().get() == [1, 2])
            }
        }
    }
}
