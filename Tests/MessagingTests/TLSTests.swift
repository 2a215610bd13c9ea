import Foundation
import Messaging
import Testing

extension TLSCredentials {
    static let goodServer = TLSCredentials.server(
        authority: Certificates.authority, certificate: Certificates.server.certificate,
        key: Certificates.server.key)
    static let goodClient = client(Certificates.client)

    static func server(_ pair: Certificates.Pair) -> Self {
        .server(
            authority: Certificates.authority, certificate: pair.certificate, key: pair.key)
    }

    static func client(
        _ pair: Certificates.Pair?, authority: String = Certificates.authority,
        name: String = "coordinator.test"
    ) -> Self {
        .client(
            authority: authority, serverName: name, certificate: pair?.certificate, key: pair?.key)
    }
}

/// A replier on loopback that answers each request with its own body.
func echoReplier(
    _ security: EndpointSecurity, url: String = "tls+tcp://127.0.0.1:0", isGuarded: Bool = false,
    receiveLimit: Int = 1 << 20, limits: DoormanLimits = DoormanLimits()
) throws -> Replier {
    try Replier(
        listeners: [
            isGuarded
                ? .guarded(url: url, label: "echo", security: security, limits: limits)
                : ListenerSpecification(url: url, label: "echo", security: security)
        ],
        receiveLimit: receiveLimit,
        onRequest: { request in try? request.reply(request.body) },
        onDisconnect: { _ in })
}

func requester(
    to replier: Replier, _ security: EndpointSecurity = .tls(.goodClient)
) throws -> Requester {
    try Requester(
        url: replier.localURL, receiveLimit: 1 << 20, name: "test", security: security)
}

/// A server, a client, and what the client must be told.
struct Greeting: Sendable, CustomTestStringConvertible {
    let name: String
    let server: TLSCredentials
    let client: TLSCredentials
    let fault: HandshakeFault
    var testDescription: String { name }

    static let refused: [Greeting] = [
        Greeting(
            name: "server of another authority", server: .server(Certificates.strangeServer),
            client: .goodClient, fault: .serverUntrusted),
        Greeting(
            name: "client that trusts another authority", server: .goodServer,
            client: .client(Certificates.client, authority: Certificates.otherAuthority),
            fault: .serverUntrusted),
        Greeting(
            name: "server under another name", server: .goodServer,
            client: .client(Certificates.client, name: "coordinator.elsewhere"),
            fault: .wrongName(expected: "coordinator.elsewhere")),
        Greeting(
            name: "expired server", server: .server(Certificates.expiredServer),
            client: .goodClient, fault: .serverUntrusted),
        Greeting(
            name: "client's certificate at a server", server: .server(Certificates.client),
            client: .goodClient, fault: .serverUntrusted),
        Greeting(
            name: "no certificate", server: .goodServer, client: .client(nil),
            fault: .certificateMissing),
        Greeting(
            name: "unverified client", server: .goodServer, client: .unverifiedClient(),
            fault: .certificateMissing),
        Greeting(
            name: "client of another authority", server: .goodServer,
            client: .client(Certificates.strangeClient), fault: .certificateRefused),
        Greeting(
            name: "expired client", server: .goodServer,
            client: .client(Certificates.expiredClient), fault: .certificateRefused),
        Greeting(
            name: "server's certificate at a client", server: .goodServer,
            client: .client(Certificates.server), fault: .certificateRefused),
    ]
}

extension `Messaging over nng` {
    @Suite struct `TLS` {
        @Test(arguments: [false, true])
        func `brings a reply back to a client with a certificate`(isGuarded: Bool) async throws {
            try await onThread {
                let replier = try echoReplier(.tls(.goodServer), isGuarded: isGuarded)
                defer { replier.close() }
                try Requester.probe(
                    url: replier.localURL, timeout: .seconds(20), security: .tls(.goodClient))
                let requester = try requester(to: replier)
                defer { requester.close() }
                for count in [0, 1, 1_000, 200_000, 1 << 20] {
                    let bytes = pattern(seed: UInt64(count), count: count)
                    #expect(try requester.request(bytes, timeout: .seconds(60)) == bytes)
                }
            }
        }

        @Test(arguments: [TLSCredentials.unverifiedClient(), .client(nil), .goodClient])
        func `lets anybody in at a doorstep`(client: TLSCredentials) async throws {
            try await onThread {
                let server = TLSCredentials.doorstep(
                    certificate: Certificates.server.certificate, key: Certificates.server.key)
                let replier = try echoReplier(.tls(server), isGuarded: true)
                defer { replier.close() }
                let requester = try requester(to: replier, .tls(client))
                defer { requester.close() }
                #expect(try requester.request([1, 2], timeout: .seconds(20)) == [1, 2])
            }
        }

        @Test(arguments: Greeting.refused, [false, true])
        func `says why a greeting failed`(greeting: Greeting, isGuarded: Bool) async throws {
            try await onThread {
                let replier = try echoReplier(.tls(greeting.server), isGuarded: isGuarded)
                defer { replier.close() }
                let url = replier.localURL
                let error = MessagingError.handshakeFailed(url: url, fault: greeting.fault)
                #expect(throws: error) {
                    try Requester.probe(
                        url: url, timeout: .seconds(20), security: .tls(greeting.client))
                }
                #expect(error.description.hasPrefix("Cannot agree with the machine at \(url): "))
            }
        }

        @Test func `says that one side speaks TLS and the other does not`() async throws {
            try await onThread {
                let secret = try echoReplier(.tls(.goodServer))
                defer { secret.close() }
                let place = String(secret.localURL.dropFirst("tls+".count))
                #expect(throws: MessagingError.handshakeFailed(url: place, fault: .hungUp)) {
                    try Requester.probe(url: place, timeout: .seconds(20))
                }
                let open = try echoReplier(.plain, url: "tcp://127.0.0.1:0")
                defer { open.close() }
                let url = "tls+" + open.localURL
                #expect(throws: MessagingError.handshakeFailed(url: url, fault: .speaksPlain)) {
                    try Requester.probe(
                        url: url, timeout: .seconds(20), security: .tls(.goodClient))
                }
            }
        }

        @Test func `serves nobody whose certificate it cannot trust`() async throws {
            try await onThread {
                let replier = try echoReplier(.tls(.goodServer))
                defer { replier.close() }
                let requester = try requester(
                    to: replier, .tls(.client(Certificates.strangeClient)))
                defer { requester.close() }
                let url = replier.localURL
                #expect(throws: MessagingError.timedOut(operation: .sending, url: url)) {
                    try requester.request([1], timeout: .milliseconds(300))
                }
            }
        }

        @Test func `cuts off a peer whose request is over the limit`() async throws {
            try await onThread {
                let replier = try echoReplier(.tls(.goodServer), receiveLimit: 1_000)
                defer { replier.close() }
                let requester = try requester(to: replier)
                defer { requester.close() }
                #expect(throws: MessagingError.connectionLost(url: replier.localURL)) {
                    try requester.request(pattern(seed: 1, count: 9_000), timeout: .seconds(20))
                }
                #expect(try requester.request([4], timeout: .seconds(20)) == [4])
            }
        }

        @Test func `tells credentials that it cannot load`() {
            let wrong: [(TLSCredentials, String)] = [
                (.client(Certificates.ed25519), "the certificate and its key"),
                (
                    .client(Certificates.client, authority: "no certificate"),
                    "the authority's certificate"
                ),
                (
                    .doorstep(certificate: Certificates.server.certificate, key: "no key"),
                    "the certificate and its key"
                ),
            ]
            for (credentials, part) in wrong {
                #expect(throws: MessagingError.badCredentials(part: part)) {
                    try credentials.validate()
                }
            }
            #expect(throws: MessagingError.badCredentials(part: wrong[0].1)) {
                try Requester(
                    url: "tls+tcp://127.0.0.1:1", receiveLimit: 1, name: "test",
                    security: .tls(wrong[0].0))
            }
            #expect(throws: MessagingError.badCredentials(part: wrong[2].1)) {
                try echoReplier(.tls(wrong[2].0))
            }
        }

        @Test(arguments: ["tcp://127.0.0.1:80", "ipc:///tmp/x", "tls+tcp://127.0.0.1", "wss://a:1"])
        func `refuses an address without TLS`(url: String) {
            #expect(throws: MessagingError.invalidAddress(url: url)) {
                try Requester(
                    url: url, receiveLimit: 1, name: "test", security: .tls(.goodClient))
            }
        }

        @Test func `never shows a key`() {
            var text = ""
            dump(EndpointSecurity.tls(.goodServer), to: &text)
            text += "\(TLSCredentials.goodServer) \(String(reflecting: TLSCredentials.goodClient))"
            #expect(!text.contains("PRIVATE"))
            #expect(!text.contains("BEGIN"))
        }

        @Test(arguments: [false, true])
        func `takes new credentials on both sides`(isGuarded: Bool) async throws {
            try await onThread {
                let replier = try echoReplier(.tls(.goodServer), isGuarded: isGuarded)
                defer { replier.close() }
                let requester = try requester(to: replier)
                defer { requester.close() }
                #expect(try requester.request([1], timeout: .seconds(20)) == [1])
                // A renewal that cannot work changes nothing.
                #expect(throws: MessagingError.self) {
                    try replier.recycle(
                        listener: "echo", security: .tls(.server(Certificates.ed25519)))
                }
                #expect(throws: MessagingError.self) {
                    try requester.redial(security: .tls(.client(Certificates.ed25519)))
                }
                #expect(try requester.request([2], timeout: .seconds(20)) == [2])
                // From now on everything belongs to the other authority.
                try replier.recycle(
                    listener: "echo",
                    security: .tls(
                        .server(
                            authority: Certificates.otherAuthority,
                            certificate: Certificates.strangeServer.certificate,
                            key: Certificates.strangeServer.key)))
                try requester.redial(
                    security: .tls(
                        .client(
                            Certificates.strangeClient, authority: Certificates.otherAuthority)))
                #expect(try requester.request([3], timeout: .seconds(20)) == [3])
                try requester.redial()
                #expect(try requester.request([4], timeout: .seconds(20)) == [4])
            }
        }
    }
}
