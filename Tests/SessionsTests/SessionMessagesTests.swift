import Domain
import Testing
import Wire

@Suite struct `Messages of sessions` {
    private let limit = SessionLimits.self

    private func ones(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }

    private var requests: [SessionRequest] {
        [
            .challenge, .fetchAuthority,
            .open(
                certificate: ones(500), nonce: ones(32), incarnation: .max, signature: ones(64)),
            .join(token: "skv1", request: ones(300), name: "w"), .renew(request: ones(1)),
        ]
    }

    private var replies: [SessionReply] {
        [
            .challenge(nonce: ones(32), cluster: "c"),
            .opened(session: ones(16), key: ones(32), expiresUnixMs: 5, renewDueUnixMs: 0),
            .authority(certificate: ones(400), cluster: "c"), .joined(certificate: ones(2)),
            .problem(.unknownSession), .problem(.refused("no")),
            .problem(.later(milliseconds: 7, "busy")),
        ]
    }

    @Test func `come back as they went`() throws {
        for request in requests {
            let frame = try request.encoded()
            #expect(frame.first == UInt8(ascii: "A"))
            #expect(try SessionRequest(decoding: frame) == request)
        }
        for reply in replies {
            let frame = try reply.encoded()
            #expect(frame.first == UInt8(ascii: "A"))
            #expect(try SessionReply(decoding: frame) == reply)
        }
        for problem in [SessionProblem.unknownSession, .refused("x"), .later(milliseconds: 0, "")] {
            let frame = try problem.encoded()
            #expect(frame.first == UInt8(ascii: "E"))
            #expect(try SessionProblem(decoding: frame) == problem)
        }
    }

    @Test func `are taken at each bound and refused one over it`() throws {
        func isTaken(_ request: SessionRequest) throws -> Bool {
            (try? SessionRequest(decoding: try request.encoded())) == request
        }
        func open(_ certificate: Int, _ nonce: Int, _ signature: Int) -> SessionRequest {
            .open(
                certificate: ones(certificate), nonce: ones(nonce), incarnation: 0,
                signature: ones(signature))
        }
        let most = limit.certificateBytesMax
        #expect(try isTaken(open(most, 32, 64)))
        for (a, b, c) in [
            (most + 1, 32, 64), (0, 32, 64), (1, 31, 64), (1, 33, 64), (1, 32, 63), (1, 32, 65),
        ] {
            #expect(try !isTaken(open(a, b, c)))
        }
        func join(_ token: Int, _ request: Int, _ name: Int) -> SessionRequest {
            .join(
                token: String(repeating: "t", count: token), request: ones(request),
                name: String(repeating: "n", count: name))
        }
        #expect(try isTaken(join(limit.tokenBytesMax, most, limit.nameBytesMax)))
        for (a, b, c) in [
            (limit.tokenBytesMax + 1, 1, 1), (1, most + 1, 1), (1, 0, 1),
            (1, 1, limit.nameBytesMax + 1),
        ] {
            #expect(try !isTaken(join(a, b, c)))
        }
        #expect(try isTaken(.renew(request: ones(most))))
        #expect(try !isTaken(.renew(request: ones(most + 1))))
    }

    @Test func `of the coordinator are taken at each bound and refused one over it`() throws {
        func isTaken(_ reply: SessionReply) throws -> Bool {
            (try? SessionReply(decoding: try reply.encoded())) == reply
        }
        let most = limit.certificateBytesMax
        func name(_ count: Int) -> String { String(repeating: "n", count: count) }
        #expect(try isTaken(.challenge(nonce: ones(32), cluster: name(limit.nameBytesMax))))
        #expect(try !isTaken(.challenge(nonce: ones(31), cluster: "")))
        #expect(try !isTaken(.challenge(nonce: ones(32), cluster: name(limit.nameBytesMax + 1))))
        #expect(try isTaken(.authority(certificate: ones(most), cluster: "c")))
        #expect(try !isTaken(.authority(certificate: ones(most + 1), cluster: "c")))
        #expect(try isTaken(.joined(certificate: ones(most))))
        #expect(try !isTaken(.joined(certificate: ones(most + 1))))
        func opened(_ session: Int, _ key: Int, _ moment: Int64) -> SessionReply {
            .opened(
                session: ones(session), key: ones(key), expiresUnixMs: moment, renewDueUnixMs: 1)
        }
        #expect(try isTaken(opened(16, 32, limit.momentMax)))
        for (a, b, c) in [
            (15, 32, 1), (17, 32, 1), (16, 31, 1), (16, 33, 1), (16, 32, limit.momentMax + 1),
        ] {
            #expect(try !isTaken(opened(a, b, c)))
        }
    }

    @Test func `of a problem are cut to their bounds by their writer`() throws {
        let long = String(repeating: "é", count: 2_000)
        guard
            case .refused(let text) = try SessionProblem(
                decoding: try SessionProblem.refused(long).encoded()),
            case .later(let wait, _) = try SessionProblem(
                decoding: try SessionProblem.later(milliseconds: .max, long).encoded())
        else {
            Issue.record("another problem came back")
            return
        }
        #expect(text.utf8.count <= limit.sentenceBytesMax)
        #expect(text.utf8.count >= limit.sentenceBytesMax - 8)
        #expect(wait == limit.laterMillisecondsMax)
    }

    @Test func `are refused when the frame is too long or begins otherwise`() throws {
        let frame = try SessionRequest.challenge.encoded()
        #expect(throws: WireError.self) { try SessionRequest(decoding: Array(frame.dropFirst())) }
        #expect(throws: WireError.self) { try SessionRequest(decoding: []) }
        #expect(throws: WireError.self) { try SessionRequest(decoding: [0x41]) }
        let long = frame + ones(SessionLimits.handshakeBytes)
        #expect(throws: WireError.self) { try SessionRequest(decoding: long) }
        #expect(throws: WireError.self) { try SessionReply(decoding: frame) }
        #expect(throws: WireError.self) { try SessionProblem(decoding: frame) }
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func `survive bytes at random`(seed: UInt64) throws {
        var random = Seeded(seed)
        let frames = try requests.map { try $0.encoded() } + replies.map { try $0.encoded() }
        for _ in 0..<1_000 {
            var frame = frames.randomElement(using: &random) ?? []
            for _ in 0..<3 where !frame.isEmpty {
                frame[Int.random(in: 0..<frame.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            frame = Array(frame.prefix(Int.random(in: 0...frame.count, using: &random)))
            _ = try? SessionRequest(decoding: frame)
            _ = try? SessionReply(decoding: frame)
            _ = try? SessionProblem(decoding: frame)
        }
    }
}
