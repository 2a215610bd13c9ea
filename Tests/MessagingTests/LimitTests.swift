import Foundation
import Messaging
import Testing

extension `Messaging over nng` {
    @Suite struct `Limits and addresses` {
        @Test func `refuses an oversize request before sending it`() async throws {
            try await onThread {
                let replier = try echoReplier(freshURL("tcp"))
                defer { replier.close() }
                let requester = try Requester(
                    url: replier.localURL,
                    receiveLimit: 1_000,
                    name: "test"
                )
                defer { requester.close() }
                #expect(throws: MessagingError.tooLarge(bytes: 1_001, limit: 1_000)) {
                    try requester.request(pattern(seed: 1, count: 1_001), timeout: .seconds(20))
                }
                #expect(try requester.request([7], timeout: .seconds(20)) == [7])
            }
        }

        @Test func `loses the connection by an oversize reply and recovers`() async throws {
            try await onThread {
                let replier = try Replier(
                    url: freshURL("tcp"),
                    receiveLimit: 1 << 20,
                    onRequest: { request in
                        let count = request.body.isEmpty ? 8 : 5_000
                        try? request.reply([UInt8](repeating: 3, count: count))
                    },
                    onDisconnect: { _ in }
                )
                defer { replier.close() }
                let requester = try Requester(
                    url: replier.localURL,
                    receiveLimit: 1_000,
                    name: "test"
                )
                defer { requester.close() }
                #expect(throws: MessagingError.connectionLost(url: replier.localURL)) {
                    try requester.request([1], timeout: .seconds(20))
                }
                #expect(try requester.request([], timeout: .seconds(20)).count == 8)
            }
        }

        @Test func `cuts off a peer whose request is over the limit`() async throws {
            try await onThread {
                let replier = try echoReplier(freshURL("tcp"), receiveLimit: 1_000)
                defer { replier.close() }
                let requester = try Requester(
                    url: replier.localURL,
                    receiveLimit: 1_000,
                    sendLimit: 9_000,
                    name: "test"
                )
                defer { requester.close() }
                #expect(throws: MessagingError.connectionLost(url: replier.localURL)) {
                    try requester.request(pattern(seed: 1, count: 9_000), timeout: .seconds(20))
                }
                #expect(try requester.request([4], timeout: .seconds(20)) == [4])
            }
        }

        @Test func `refuses an oversize reply and leaves the request open`() async throws {
            try await onThread {
                let refused = Inbox<MessagingError>()
                let replier = try Replier(
                    url: freshURL("inproc"),
                    receiveLimit: 1_000,
                    replyLimit: 10,
                    onRequest: { request in
                        do throws(MessagingError) {
                            try request.reply(pattern(seed: 1, count: 11))
                        } catch {
                            refused.put(error)
                            try? request.reply([1])
                        }
                    },
                    onDisconnect: { _ in }
                )
                defer { replier.close() }
                let requester = try Requester(
                    url: replier.localURL,
                    receiveLimit: 1_000,
                    name: "test"
                )
                defer { requester.close() }
                #expect(try requester.request([], timeout: .seconds(20)) == [1])
                #expect(try refused.take() == .tooLarge(bytes: 11, limit: 10))
            }
        }

        @Test(arguments: ["tcp", "inproc", "ipc"])
        func `tells that an address is in use`(transport: String) async throws {
            try await onThread {
                let first = try echoReplier(freshURL(transport))
                defer { first.close() }
                #expect(throws: MessagingError.addressInUse(url: first.localURL)) {
                    try echoReplier(first.localURL)
                }
            }
        }

        @Test(arguments: [
            "", "tcp://", "tcp://host", "tcp://host:99999", "ws://127.0.0.1:80", "ipc://",
            "tls+tcp://127.0.0.1:80", "inproc://" + String(repeating: "x", count: 200),
        ])
        func `refuses an unusable address`(url: String) {
            #expect(throws: MessagingError.invalidAddress(url: url)) {
                try Requester(url: url, receiveLimit: 1, name: "test")
            }
        }

        @Test func `probes for a listener`() async throws {
            try await onThread {
                let replier = try echoReplier(freshURL("tcp"))
                try Requester.probe(url: replier.localURL, timeout: .seconds(20))
                replier.close()
                #expect(throws: MessagingError.refused(url: replier.localURL)) {
                    try Requester.probe(url: replier.localURL, timeout: .seconds(20))
                }
                let path = freshURL("ipc")
                #expect(throws: MessagingError.refused(url: path)) {
                    try Requester.probe(url: path, timeout: .seconds(20))
                }
            }
        }
    }
}
