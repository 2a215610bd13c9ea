import Foundation
import Messaging
import Testing

extension `Messaging over nng` {
    @Suite struct `Listeners` {
        @Test func `share one replier and name themselves`() async throws {
            try await onThread {
                let path = freshURL("ipc")
                let origins = Inbox<RequestOrigin>()
                let replier = try Replier(
                    listeners: [
                        ListenerSpecification(
                            url: "tls+tcp://127.0.0.1:0", label: "machines",
                            security: .tls(.goodServer)),
                        ListenerSpecification(url: path, label: "commands", ipcMode: 0o600),
                        ListenerSpecification(url: "tcp://127.0.0.1:0"),
                        .guarded(url: "tcp://127.0.0.1:0", label: "blobs"),
                        ListenerSpecification(url: freshURL("inproc"), label: "own"),
                    ],
                    receiveLimit: 1_000,
                    onRequest: { request in
                        origins.put(request.origin)
                        try? request.reply(request.body)
                    },
                    onDisconnect: { _ in })
                defer { replier.close() }
                #expect(replier.localURLs.count == 5)
                #expect(replier.localURLs[1] == path)
                let loopback = RequestOrigin.Channel.plain(isLoopback: true)
                let expected = [
                    RequestOrigin(listener: "machines", channel: .tls, host: "127.0.0.1"),
                    RequestOrigin(listener: "commands", channel: .ipc(uid: getuid())),
                    RequestOrigin(
                        listener: "tcp://127.0.0.1:0", channel: loopback, host: "127.0.0.1"),
                    RequestOrigin(listener: "blobs", channel: loopback, host: "127.0.0.1"),
                    RequestOrigin(listener: "own", channel: .memory),
                ]
                for (index, url) in replier.localURLs.enumerated() {
                    let requester = try Requester(
                        url: url, receiveLimit: 1_000, name: "test",
                        security: index == 0 ? .tls(.goodClient) : .plain)
                    defer { requester.close() }
                    #expect(try requester.request([7], timeout: .seconds(20)) == [7])
                    #expect(try origins.take() == expected[index])
                }
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: String(path.dropFirst("ipc://".count)))
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
        }

        @Test func `have limits of their own`() async throws {
            try await onThread {
                let replier = try Replier(
                    listeners: [
                        ListenerSpecification(url: "tcp://127.0.0.1:0", label: "wide"),
                        ListenerSpecification(
                            url: "tcp://127.0.0.1:0", label: "narrow", receiveLimit: 10),
                        ListenerSpecification(
                            url: freshURL("inproc"), label: "own", receiveLimit: 10),
                    ],
                    receiveLimit: 1_000,
                    onRequest: { request in try? request.reply([]) },
                    onDisconnect: { _ in })
                defer { replier.close() }
                let bytes = pattern(seed: 1, count: 900)
                for (index, url) in replier.localURLs.enumerated() {
                    let requester = try Requester(
                        url: url, receiveLimit: 1_000, name: "test")
                    defer { requester.close() }
                    if index == 0 {
                        #expect(try requester.request(bytes, timeout: .seconds(20)) == [])
                    } else {
                        #expect(throws: MessagingError.self) {
                            try requester.request(bytes, timeout: .milliseconds(200))
                        }
                    }
                }
            }
        }

        @Test func `open all or none`() async throws {
            try await onThread {
                let taken = try echoReplier("tcp://127.0.0.1:0")
                defer { taken.close() }
                let free = freshURL("ipc")
                for guarded in [false, true] {
                    let second =
                        guarded
                        ? ListenerSpecification.guarded(url: taken.localURL)
                        : ListenerSpecification(url: taken.localURL)
                    #expect(throws: MessagingError.addressInUse(url: taken.localURL)) {
                        try Replier(
                            listeners: [ListenerSpecification(url: free), second],
                            receiveLimit: 10, onRequest: { _ in }, onDisconnect: { _ in })
                    }
                    #expect(throws: MessagingError.refused(url: free)) {
                        try Requester.probe(url: free, timeout: .seconds(20))
                    }
                }
            }
        }

        @Test(arguments: ["tcp", "tls+tcp", "guarded tcp", "guarded tls+tcp", "ipc", "inproc"])
        func `are recycled at the same address`(kind: String) async throws {
            try await onThread {
                let isGuarded = kind.hasPrefix("guarded")
                let isTLS = kind.hasSuffix("tls+tcp")
                let url =
                    isTLS
                    ? "tls+tcp://127.0.0.1:0"
                    : freshURL(kind.hasSuffix("tcp") ? "tcp" : kind)
                let replier = try echoReplier(
                    isTLS ? .tls(.goodServer) : .plain, url: url, isGuarded: isGuarded)
                defer { replier.close() }
                let security: EndpointSecurity = isTLS ? .tls(.goodClient) : .plain
                let requester = try requester(to: replier, security)
                defer { requester.close() }
                let probe = SelfProbe(
                    url: replier.localURL, security: security, request: [9], timeout: .seconds(20))
                #expect(try requester.request([0], timeout: .seconds(20)) == [0])
                for round in 1...3 as ClosedRange<UInt8> {
                    try replier.recycle(listener: "echo")
                    #expect(try probe.ping() == [9])
                    // The dialer of before comes back by itself.
                    let reply = (0..<20).lazy.compactMap { _ in
                        try? requester.request([round], timeout: .seconds(10))
                    }.first
                    #expect(reply == [round])
                }
            }
        }

        @Test func `answer a self-probe, which says when nothing does`() async throws {
            try await onThread {
                let replier = try echoReplier("tcp://127.0.0.1:0")
                let probe = SelfProbe(
                    url: replier.localURL, request: [1, 2], timeout: .milliseconds(300))
                #expect(try probe.ping() == [1, 2])
                replier.close()
                #expect(throws: MessagingError.timedOut(operation: .sending, url: replier.localURL))
                { try probe.ping() }
            }
        }
    }
}

@Suite struct `Judge of probes` {
    @Test func `condemns a listener after two failures in a row`() {
        var judge = ProbeJudge()
        #expect(judge.note(succeeded: false, at: .seconds(0)) == .suspect)
        #expect(judge.note(succeeded: true, at: .seconds(5)) == .healthy)
        #expect(judge.note(succeeded: false, at: .seconds(10)) == .suspect)
        #expect(judge.note(succeeded: false, at: .seconds(15)) == .recycle)
        #expect((judge.probes, judge.failures, judge.recycles) == (4, 3, 1))
    }

    @Test func `gives a recycled listener time`() {
        var judge = ProbeJudge(failuresToRecycle: 1, pause: .seconds(10))
        #expect(judge.note(succeeded: false, at: .seconds(0)) == .recycle)
        #expect(judge.note(succeeded: false, at: .seconds(9)) == .suspect)
        #expect(judge.note(succeeded: false, at: .seconds(10)) == .recycle)
        #expect(judge.recycles == 2)
    }
}

@Suite struct `Mailbox` {
    @Test func `takes letters that must arrive even when it is full`() {
        let box = Messaging.Mailbox<Int>(capacity: 2)
        #expect(box.put(1))
        #expect(box.put(2))
        #expect(!box.put(3))
        #expect(box.put(4, mustArrive: true))
        #expect(box.put(5, mustArrive: true))
        #expect(!box.put(6))
        #expect(box.take(waitingUntil: .distantFuture) == [1, 2, 4, 5])
        #expect(box.put(7))
        box.close()
        #expect(!box.put(8, mustArrive: true))
        #expect(box.takeOne() == 7)
        #expect(box.takeOne() == nil)
    }
}
