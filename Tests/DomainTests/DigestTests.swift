import Domain
import Foundation
import Testing

@Suite struct `A digest` {
    private let samples = (0..<50).map { Digest(sha256Of: Array("sample \($0)".utf8)) }

    @Test func `is SHA-256`() {
        // FIPS 180-2, appendix B.1, and the empty message.
        #expect(
            Digest(sha256Of: Array("abc".utf8)).hex
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Digest(sha256Of: []).hex
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func `comes back from its digits and its bytes`() {
        for digest in samples {
            #expect(digest.hex.count == 64)
            #expect(Digest(hex: digest.hex) == digest)
            #expect(Digest(hex: digest.hex.uppercased()) == digest)
            #expect(Digest(bytes: digest.bytes) == digest)
            #expect(digest.description == digest.hex)
            #expect(digest.short == String(digest.hex.prefix(12)))
        }
    }

    @Test func `refuses anything but 64 digits or 32 bytes`() {
        let digits = String(repeating: "0", count: 64)
        #expect(Digest(hex: digits) != nil)
        for text in ["", String(digits.dropLast()), digits + "0", "g" + digits.dropFirst()] {
            #expect(Digest(hex: text) == nil)
        }
        #expect(Digest(hex: "é" + digits.dropFirst(2)) == nil)
        #expect(Digest(bytes: [UInt8](repeating: 0, count: 31)) == nil)
        #expect(Digest(bytes: [UInt8](repeating: 0, count: 33)) == nil)
    }

    @Test func `is ordered like its digits`() {
        #expect(samples.sorted().map(\.hex) == samples.map(\.hex).sorted())
        for digest in samples { #expect(!(digest < digest)) }
    }

    @Test func `differs in its last bit`() throws {
        let zero = try #require(Digest(bytes: [UInt8](repeating: 0, count: 32)))
        let one = try #require(Digest(bytes: [UInt8](repeating: 0, count: 31) + [1]))
        #expect(zero != one)
        #expect(zero < one)
        #expect(Set([zero, one, zero]).count == 2)
    }

    @Test func `travels through JSON as its digits`() throws {
        let bytes = try CanonicalJSON.encode(samples)
        #expect(try CanonicalJSON.decode([Digest].self, from: bytes) == samples)
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("[\"\(samples[0].hex)\""))
        #expect(throws: DecodingError.self) {
            try CanonicalJSON.decode([Digest].self, from: Array("[\"00\"]".utf8))
        }
    }

    @Test func `has the same JSON whatever the order of keys`() throws {
        let value = ["b": 1, "a": 2, "c/d": 3]
        let text = String(decoding: try CanonicalJSON.encode(value), as: UTF8.self)
        #expect(text == "{\"a\":2,\"b\":1,\"c/d\":3}")
    }
}
