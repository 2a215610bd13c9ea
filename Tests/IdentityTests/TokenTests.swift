import Domain
import Foundation
import Testing

@testable import Identity

@Suite struct `A join token` {
    private var random = Seeded(21)

    @Test mutating func `is text and back`() throws {
        let token = JoinToken(pin: random.digest(), random: &random)
        #expect(token.text.utf8.count == JoinToken.textBytes)
        #expect(token.text.hasPrefix("skv1."))
        #expect(try JoinToken(parsing: token.text) == token)
        #expect(try JoinToken(parsing: " \(token.text)\n") == token)
        #expect(!"\(token)".contains(token.secret))
    }

    @Test mutating func `is refused when anything of it is another`() throws {
        let text = JoinToken(pin: random.digest(), random: &random).text
        for bad in [
            "", "skv1", "skv1...", text + "a", String(text.dropLast()), text.uppercased(),
            text.replacingOccurrences(of: "skv1", with: "skv2"), text + " " + text,
            text.replacingOccurrences(of: ".", with: ":"), String(text.dropFirst(5)),
            String(repeating: "a", count: 100_000), "skv1.\u{e9}", text.prefix(60) + "\u{0}",
        ] {
            #expect(failure { _ = try JoinToken(parsing: bad) } == .malformedToken)
        }
        for _ in 0..<2_000 {
            var bytes = Array(text.utf8)
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                in: 0...127, using: &random)
            _ = try? JoinToken(parsing: String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test mutating func `has base32 that RFC 4648 knows`() {
        let examples = [
            "": "", "f": "my", "fo": "mzxq", "foo": "mzxw6", "foob": "mzxw6yq",
            "fooba": "mzxw6ytb", "foobar": "mzxw6ytboi",
        ]
        for (plain, text) in examples {
            #expect(Base32.encode(Array(plain.utf8)) == text)
            #expect(Base32.decode(text) == Array(plain.utf8))
        }
        for bad in ["a", "mz1q", "MY", "mz=", "mzxw6y", "mb", "aaa"] {
            #expect(Base32.decode(bad) == nil, "\(bad)")
        }
        for count in 0..<70 {
            let bytes = random.bytes(count)
            #expect(Base32.decode(Base32.encode(bytes)) == bytes)
        }
    }
}

@Suite struct `The register of tokens` {
    private var random = Seeded(22)
    private var register = TokenRegister()

    private mutating func issue(
        _ role: Role = .worker, name: String? = nil, uses: Int = 1,
        lifeMilliseconds: Int64 = day
    ) throws -> JoinToken {
        try register.issue(
            pin: Digest(sha256Of: []), role: role, name: name, uses: uses,
            lifeMilliseconds: lifeMilliseconds, nowUnixMs: noon, random: &random)
    }

    private mutating func redeem(
        _ token: JoinToken, key: UInt8 = 1, name: String = "w-1", at now: Int64 = noon
    ) -> (role: Role?, error: IdentityError?) {
        do {
            let digest = Digest(sha256Of: [key])
            return (
                try register.redeem(token, key: digest, name: name, nowUnixMs: now), nil
            )
        } catch {
            return (nil, error)
        }
    }

    @Test(arguments: Role.allCases)
    mutating func `gives the role that a token was made for`(role: Role) throws {
        let token = try issue(role)
        #expect(redeem(token).role == role)
    }

    @Test mutating func `lets a token be used once, and its bearer repeat`() throws {
        let token = try issue()
        #expect(redeem(token, key: 1).role == .worker)
        #expect(redeem(token, key: 1).role == .worker)
        let second = redeem(token, key: 2).error
        #expect(second == .spentToken(id: token.id))
        #expect(second?.description.contains("make a new one") == true)
    }

    @Test mutating func `lets a token be used as often as it says`() throws {
        let token = try issue(uses: 3)
        for key: UInt8 in 1...3 { #expect(redeem(token, key: key).role == .worker) }
        #expect(redeem(token, key: 4).error == .spentToken(id: token.id))
    }

    @Test mutating func `remembers the last 64 keys that may repeat`() throws {
        let token = try issue(uses: 65)
        for key: UInt8 in 1...65 { #expect(redeem(token, key: key).role == .worker) }
        for key: UInt8 in 2...65 { #expect(redeem(token, key: key).role == .worker) }
        #expect(redeem(token, key: 1).error == .spentToken(id: token.id))
        let stored = try CanonicalJSON.encode(register)
        #expect(try CanonicalJSON.decode(TokenRegister.self, from: stored) == register)
    }

    @Test mutating func `ends a token on time, and forgets it a day later`() throws {
        let token = try issue(lifeMilliseconds: 60_000)
        #expect(redeem(token, at: noon + 60_000).error == .expiredToken(id: token.id))
        register.prune(nowUnixMs: noon + 60_000 + day - 1)
        #expect(register.count == 1)
        register.prune(nowUnixMs: noon + 60_000 + day)
        #expect(register.count == 0)
        #expect(redeem(token, at: noon).error == .unknownToken(id: token.id))
    }

    @Test mutating func `knows no token with another secret`() throws {
        let token = try issue()
        let parts = token.text.split(separator: ".")
        let forged = try JoinToken(
            parsing: parts.dropLast().joined(separator: ".") + "."
                + String(repeating: "a", count: 26))
        #expect(redeem(forged).error == .unknownToken(id: token.id))
        #expect(redeem(token).role == .worker)
    }

    @Test mutating func `keeps a token for the name that it was made for`() throws {
        let token = try issue(name: "w-7")
        #expect(redeem(token, name: "w-8").error == .tokenForAnother(id: token.id, name: "w-7"))
        #expect(redeem(token, name: "w-7").role == .worker)
    }

    @Test mutating func `ends a withdrawn token`() throws {
        let token = try issue()
        let other = try issue()
        let answers = [register.withdraw(id: token.id), register.withdraw(id: token.id)]
        #expect(answers == [true, false])
        #expect(redeem(token).error == .unknownToken(id: token.id))
        #expect(redeem(other).role == .worker)
    }

    @Test mutating func `keeps no secret, and is the same after storing`() throws {
        let token = try issue(.admin, uses: 2)
        _ = try issue(.viewer)
        _ = redeem(token)
        let bytes = try CanonicalJSON.encode(register)
        #expect(!String(decoding: bytes, as: UTF8.self).contains(token.secret))
        let back = try CanonicalJSON.decode(TokenRegister.self, from: bytes)
        #expect(back == register)
        #expect(try CanonicalJSON.encode(back) == bytes)
        register = back
        #expect(redeem(token, key: 2).role == .admin)
        #expect(redeem(token, key: 3).error == .spentToken(id: token.id))
    }

    @Test mutating func `refuses impossible terms, and takes them at their bounds`() throws {
        for (uses, life) in [
            (0, day), (TokenRegister.usesMax + 1, day), (1, 59_999), (1, 90 * day + 1), (-1, 0),
        ] {
            #expect(
                failure { _ = try issue(uses: uses, lifeMilliseconds: life) } == .badTokenTerms)
        }
        _ = try issue(uses: TokenRegister.usesMax, lifeMilliseconds: 90 * day)
        _ = try issue(uses: 1, lifeMilliseconds: 60_000)
        #expect(failure { _ = try issue(name: "a b") } == .badNodeName("a b"))
    }

    @Test mutating func `holds a thousand tokens and no more`() throws {
        for _ in 0..<TokenRegister.tokensMax { _ = try issue() }
        #expect(failure { _ = try issue() } == .tooManyTokens(limit: 1_000))
        let stored = try CanonicalJSON.encode(register)
        #expect(try CanonicalJSON.decode(TokenRegister.self, from: stored) == register)
    }

    @Test mutating func `refuses a stored register that is out of bounds`() throws {
        _ = try issue()
        let good = String(decoding: try CanonicalJSON.encode(register), as: UTF8.self)
        for bad in [
            good.replacingOccurrences(of: "\"usesLeft\":1", with: "\"usesLeft\":-1"),
            good.replacingOccurrences(of: "\"usesLeft\":1", with: "\"usesLeft\":10001"),
            "[\(good.dropFirst().dropLast()),\(good.dropFirst().dropLast())]", "{}", "[1]",
        ] {
            #expect(throws: (any Error).self) {
                try CanonicalJSON.decode(TokenRegister.self, from: Array(bad.utf8))
            }
        }
    }
}

@Suite struct `The register of names` {
    private var random = Seeded(23)

    @Test mutating func `keeps a name for its key until the certificate ends`() throws {
        let authority = try TestCluster.authority(&random)
        let identity = try NodeIdentity(role: .worker, name: "w-1")
        let key = NodeKey(random: &random)
        let der = try authority.sign(
            try key.makeRequest(), for: identity, nowUnixMs: noon, random: &random)
        let node = try authority.certificate.verify(der, nowUnixMs: noon)
        var register = NodeRegister()
        #expect(register.note(node, nowUnixMs: noon) == nil)
        #expect(register.note(node, nowUnixMs: noon) == nil)
        try register.check(identity, key: node.keyFingerprint, nowUnixMs: noon)
        let other = random.digest()
        #expect(
            failure { try register.check(identity, key: other, nowUnixMs: noon) }
                == .nameTaken(identity))
        try register.check(identity, key: other, nowUnixMs: node.endsUnixMs)
        try register.check(
            try NodeIdentity(role: .admin, name: "w-1"), key: other, nowUnixMs: noon)
        let stored = try CanonicalJSON.encode(register)
        #expect(try CanonicalJSON.decode(NodeRegister.self, from: stored) == register)
        try register.check(identity, key: other, mayMove: true, nowUnixMs: noon)
        register.forget(identity)
        try register.check(identity, key: other, nowUnixMs: noon)
    }

    @Test mutating func `holds a bounded number of names, and makes room of ended ones`() throws {
        func entries(_ count: Int, ends: Int64) -> String {
            let digest = String(repeating: "0", count: 64)
            let list = (0..<count).map {
                #""worker:n\#($0)":{"endsUnixMs":\#(ends),"key":"\#(digest)","serial":"00"}"#
            }
            return "{\(list.joined(separator: ","))}"
        }
        func read(_ count: Int, ends: Int64) throws -> NodeRegister {
            try CanonicalJSON.decode(
                NodeRegister.self, from: Array(entries(count, ends: ends).utf8))
        }
        let new = try NodeIdentity(role: .worker, name: "new")
        let key = random.digest()
        let full = try read(NodeRegister.namesMax, ends: noon + 1)
        #expect(
            failure { try full.check(new, key: key, nowUnixMs: noon) }
                == .tooManyNames(limit: NodeRegister.namesMax))
        try full.check(new, key: key, nowUnixMs: noon + 1)
        let room = try read(NodeRegister.namesMax - 1, ends: noon + 1)
        try room.check(new, key: key, nowUnixMs: noon)
        #expect(throws: (any Error).self) { try read(NodeRegister.namesMax + 1, ends: noon) }
    }
}

@Suite struct `The full book of access` {
    @Test func `fits in a document of the ledger when it is full`() throws {
        let digest = String(repeating: "f", count: 64)
        func name(_ number: Int, _ role: String) -> String {
            let tail = "\(number)"
            let filler = NodeIdentity.nameBytesMax - tail.utf8.count
            return role + ":" + String(repeating: "n", count: filler) + tail
        }
        let nodes = (0..<NodeRegister.namesMax).map {
            #""\#(name($0, "submitter"))":{"endsUnixMs":\#(Int64.max),"key":"\#(digest)","serial":"\#(digest)"}"#
        }
        let denied = (0..<DenyList.entriesMax).map { #""\#(name($0, "submitter"))""# }
        let keys = Array(repeating: "\"\(digest)\"", count: TokenRegister.repeatsMax)
            .joined(separator: ",")
        let tokens = (0..<TokenRegister.tokensMax).map {
            #"{"id":"t\#(1_000_000 + $0)","proof":"\#(digest)","role":"submitter","name":"\#(name($0, ""))","expiresUnixMs":\#(noon),"usesLeft":10000,"admitted":[\#(keys)]}"#
        }
        let text = #"{"tokens":[\#(tokens.joined(separator: ","))],"nodes":{\#(nodes.joined(separator: ","))},"denied":{"serials":[],"names":[\#(denied.joined(separator: ","))]}}"#
        let book = try CanonicalJSON.decode(AccessBook.self, from: Array(text.utf8))
        #expect(book.tokens.count == TokenRegister.tokensMax)
        #expect(book.nodes.count == NodeRegister.namesMax)
        #expect(book.denied.count == DenyList.entriesMax)
        let bytes = try CanonicalJSON.encode(book).count
        #expect(bytes <= Limits.documentBytesMax)
        #expect(bytes > Limits.documentBytesMax / 4, "the bound is far too wide: \(bytes)")
    }
}
