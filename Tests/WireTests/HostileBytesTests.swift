import Domain
import Testing
import Wire

/// A seeded generator (SplitMix64), so that a failing case can be had again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Whatever bytes arrive, reading them gives a message or an error and never a trap.
@Suite struct `Hostile bytes` {
    /// Reads `bytes` as every kind of message; what can be read can also be written, and read
    /// again as the same.
    private func readAll(_ bytes: [UInt8]) throws -> Int {
        var read = 0
        if let message = try? WorkerRequest(decoding: bytes) {
            #expect(try WorkerRequest(decoding: message.encoded()) == message)
            read += 1
        }
        if let message = try? WorkerReply(decoding: bytes) {
            #expect(try WorkerReply(decoding: message.encoded()) == message)
            read += 1
        }
        if let message = try? BlobRequest(decoding: bytes) {
            #expect(try BlobRequest(decoding: message.encoded()) == message)
            read += 1
        }
        if let message = try? BlobReply(decoding: bytes) {
            #expect(try BlobReply(decoding: message.encoded()) == message)
            read += 1
        }
        if let message = try? ClientRequest(decoding: bytes) {
            #expect(try ClientRequest(decoding: message.encoded()) == message)
            read += 1
        }
        if let message = try? ClientReply(decoding: bytes) {
            #expect(try ClientReply(decoding: message.encoded()) == message)
            read += 1
        }
        return read
    }

    private var valid: [[UInt8]] {
        get throws {
            try Samples.workerRequests.map { try $0.encoded() }
                + Samples.workerReplies.map { try $0.encoded() }
                + Samples.blobRequests.map { try $0.encoded() }
                + Samples.blobReplies.map { try $0.encoded() }
                + Samples.clientRequests.map { try $0.encoded() }
                + Samples.clientReplies.map { try $0.encoded() }
        }
    }

    @Test(arguments: [UInt64(20_261_122)])
    func `at random never trap`(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        for _ in 0..<10_000 {
            let count = Int.random(in: 0...160, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try readAll(bytes)
        }
    }

    @Test(arguments: [UInt64(1), 2])
    func `made by changing a valid message never trap`(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let samples = try valid
        var read = 0
        for _ in 0..<5_000 {
            var bytes = samples.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            read += try readAll(bytes)
        }
        // Enough of them are still messages for the test to reach the checks of the fields.
        #expect(read > 500)
    }

    @Test func `made by cutting a valid message never trap`() throws {
        for sample in try valid {
            for count in 0..<sample.count { _ = try readAll(Array(sample[..<count])) }
        }
    }

    @Test(arguments: [UInt8(0), 3, 127])
    func `of another version are refused`(version: UInt8) throws {
        let refusal = WireError.version(theirs: Int(version), ours: 2)
        func changed(_ bytes: [UInt8]) throws -> [UInt8] {
            // Field 1, a number, comes first: the tag 8 and the version.
            try #require(bytes[0] == 8 && (1...2).contains(bytes[1]))
            return [8, version] + bytes.dropFirst(2)
        }
        for request in Samples.workerRequests {
            let bytes = try changed(request.encoded())
            #expect(throws: refusal) { try WorkerRequest(decoding: bytes) }
        }
        for request in Samples.blobRequests {
            let bytes = try changed(request.encoded())
            #expect(throws: refusal) { try BlobRequest(decoding: bytes) }
        }
        for request in Samples.clientRequests {
            let bytes = try changed(request.encoded())
            #expect(throws: refusal) { try ClientRequest(decoding: bytes) }
        }
    }

    @Test func `that claim a chunk count which does not fit the length are refused`() throws {
        let manifest = try #require(Samples.manifest)
        var bytes = try BlobReply.manifest(manifest).encoded()
        let digest = manifest.chunks[0].bytes
        let start = try #require(bytes.firstRange(of: digest)).lowerBound
        // Before the digests stand the tag 18 and their length, 96; the whole is shorter by 32.
        try #require(Array(bytes[(start - 2)..<start]) == [18, 96])
        bytes.removeLast(32)
        bytes[start - 1] = 64
        bytes[1] -= 32
        #expect(throws: WireError.badField(message: "manifest", field: "chunks")) {
            try BlobReply(decoding: bytes)
        }
    }

    @Test func `of nothing are refused`() {
        #expect(throws: WireError.self) { try WorkerRequest(decoding: []) }
        #expect(throws: WireError.self) { try WorkerReply(decoding: []) }
        #expect(throws: WireError.self) { try BlobRequest(decoding: []) }
        #expect(throws: WireError.self) { try BlobReply(decoding: []) }
        #expect(throws: WireError.self) { try ClientRequest(decoding: []) }
        #expect(throws: WireError.self) { try ClientReply(decoding: []) }
    }

    @Test func `give an error that says what to do`() {
        let errors: [WireError] = [
            .malformed(message: "lease"), .badField(message: "lease", field: "slot"),
            .version(theirs: 3, ours: 2),
        ]
        for error in errors { #expect(error.description.count > 40) }
    }
}
