import Domain
import Testing
import Wire

/// Each bound of `Limits` that a message keeps, at the bound and one over it.
@Suite struct `A bound` {
    private func name(_ count: Int) -> String { String(repeating: "n", count: count) }

    private func accepts(_ request: WorkerRequest) throws -> Bool {
        let bytes = try request.encoded()
        do {
            return try WorkerRequest(decoding: bytes) == request
        } catch {
            guard case .badField = error else { throw error }
            return false
        }
    }

    private func accepts(_ body: WorkerRequest.Body) throws -> Bool {
        try accepts(Samples.request(body))
    }

    private func accepts(_ reply: WorkerReply) throws -> Bool {
        let bytes = try reply.encoded()
        return (try? WorkerReply(decoding: bytes)) == reply
    }

    private func profile(
        slots: Int, memory: Int = 1, host: String = "h", path: String = ""
    ) -> WorkerProfile {
        WorkerProfile(
            slots: slots, memoryBytesPerSlot: memory, host: host, blobAddress: "a",
            storePath: path, software: "", core: "")
    }

    @Test(arguments: [(1, true), (512, true), (513, false)])
    func `holds for names`(length: Int, isFine: Bool) throws {
        let worker = WorkerID(name(length))
        let task = TaskID(job: JobID(name(length)), name: TaskName(name(length)))
        let token = LeaseToken(task: task, attempt: 1, worker: worker)
        #expect(try accepts(.release([token])) == isFine)
        #expect(try accepts(.hello(profile(slots: 1, host: name(length)), running: [])) == isFine)
        #expect(
            try accepts(
                WorkerRequest(
                    worker: worker, incarnation: 0, sequence: 0, channel: "c", body: .goodbye))
                == isFine)
        #expect(
            try accepts(
                WorkerRequest(
                    worker: WorkerID("w"), incarnation: 0, sequence: 0, channel: name(length),
                    body: .goodbye)) == isFine)
    }

    @Test func `refuses an empty name`() throws {
        #expect(try !accepts(.hello(profile(slots: 1, host: ""), running: [])))
        let request = WorkerRequest(
            worker: WorkerID("w"), incarnation: 0, sequence: 0, channel: "", body: .goodbye)
        #expect(try !accepts(request))
    }

    @Test(arguments: [(0, false), (1, true), (1_024, true), (1_025, false)])
    func `holds for a worker's slots`(slots: Int, isFine: Bool) throws {
        #expect(Limits.slotsPerWorkerMax == 1_024)
        #expect(try accepts(.hello(profile(slots: slots), running: [])) == isFine)
    }

    @Test(arguments: [(0, true), (1_023, true), (1_024, false)])
    func `holds for the slot of a lease`(slot: Int, isFine: Bool) throws {
        #expect(try accepts(.lease(slot: slot)) == isFine)
    }

    @Test(arguments: [(1 << 60, true), (1 << 60 + 1, false), (Int.max, false)])
    func `holds for amounts of memory`(bytes: Int, isFine: Bool) throws {
        let running: [LeaseToken] = []
        #expect(
            try accepts(
                .beat(running: running, dropped: [], damaged: [], anonymousBytes: bytes)) == isFine)
        #expect(try accepts(.hello(profile(slots: 1, memory: bytes), running: [])) == isFine)
        let measured = TaskMeasurements(seconds: 0, peakBytes: bytes, core: "")
        #expect(try accepts(.commit(Samples.token, Samples.result, measured)) == isFine)
    }

    @Test(arguments: [(4_096, true), (4_097, false)])
    func `holds for paths`(length: Int, isFine: Bool) throws {
        #expect(try accepts(.hello(profile(slots: 1, path: name(length)), running: [])) == isFine)
    }

    @Test(arguments: [(0, false), (1, true), (1 << 40, true), (1 << 40 + 1, false)])
    func `holds for attempts`(attempt: Int, isFine: Bool) throws {
        let token = LeaseToken(task: Samples.task, attempt: attempt, worker: WorkerID("w"))
        #expect(try accepts(.release([token])) == isFine)
    }

    @Test(arguments: [(4_096, true), (4_097, false)])
    func `holds for lists of leases`(count: Int, isFine: Bool) throws {
        let tokens = Array(repeating: Samples.token, count: count)
        #expect(try accepts(.release(tokens)) == isFine)
        #expect(try accepts(.beat(BeatReply(cancel: tokens))) == isFine)
    }

    @Test(arguments: [(8_192, true), (8_193, false)])
    func `holds for lists of digests`(count: Int, isFine: Bool) throws {
        let digests = Array(repeating: Samples.digest("x"), count: count)
        #expect(try accepts(.holdings(digests, first: true)) == isFine)
        #expect(try accepts(.beat(BeatReply(release: digests))) == isFine)
        #expect(
            try accepts(.beat(running: [], dropped: [], damaged: digests, anonymousBytes: 0))
                == isFine)
        let asked = try BlobRequest.missing(digests).encoded()
        #expect(((try? BlobRequest(decoding: asked)) != nil) == isFine)
    }

    @Test(arguments: [(256, true), (257, false)])
    func `holds for blobs to save`(count: Int, isFine: Bool) throws {
        let digests = Array(repeating: Samples.digest("x"), count: count)
        #expect(try accepts(.beat(BeatReply(save: digests))) == isFine)
    }

    @Test(arguments: [(8_192, 32, true), (8_193, 32, false), (1, 31, false), (1, 33, false)])
    func `holds for passes`(ticket: Int, key: Int, isFine: Bool) throws {
        let pass = BlobPass(
            key: Array(repeating: 1, count: key), ticket: Array(repeating: 2, count: ticket),
            expiresUnixMs: 1)
        let profile = CoordinatorProfile(
            leaseMilliseconds: 1, beatMilliseconds: 10, blobAddress: "a", host: "h",
            storePath: "", pass: pass)
        #expect(try accepts(.welcome(profile)) == isFine)
    }

    @Test(arguments: [(60_000, true), (60_001, false)])
    func `holds for pauses`(milliseconds: Int64, isFine: Bool) throws {
        #expect(try accepts(.later(milliseconds: milliseconds, "")) == isFine)
        let reply = ClientReply.later(milliseconds: milliseconds, "Full.")
        let bytes = try reply.encoded()
        #expect(((try? ClientReply(decoding: bytes)) == reply) == isFine)
    }

    @Test(arguments: [(Limits.timeLimitMillisecondsMax, true), (2_592_000_001, false)])
    func `holds for time limits`(milliseconds: Int64, isFine: Bool) throws {
        let grant = WorkGrant(
            token: Samples.token, kind: "k", version: 1, parameters: [], inputs: [],
            outputs: [], memoryBytes: 1, timeLimitMilliseconds: milliseconds)
        #expect(try accepts(.grant(grant)) == isFine)
    }

    @Test(arguments: [(1, 1, true), (0, 1, false), (10_001, 1, false), (1, 31_622_401, false)])
    func `holds for tokens`(uses: Int, seconds: Int64, isFine: Bool) throws {
        let request = ClientRequest.makeToken(.worker, uses: uses, secondsToLive: seconds)
        let bytes = try request.encoded()
        #expect(((try? ClientRequest(decoding: bytes)) == request) == isFine)
    }

    @Test func `lets a worker of version 1 hear no word that it does not know`() throws {
        let later = WorkerReply.later(milliseconds: 500, "The disk is full.")
        let old = try WorkerReply(decoding: later.encoded(forVersion: 1))
        #expect(old == .refused("The disk is full.", isFinal: false))
    }

    @Test(arguments: [(4_096, true), (4_097, false)])
    func `holds for outputs`(count: Int, isFine: Bool) throws {
        let outputs = Array(repeating: TaskOutput(name: "o", blob: Samples.blob), count: count)
        let result = TaskResult(outputs: outputs, facts: [])
        #expect(try accepts(.commit(Samples.token, result, Samples.measurements)) == isFine)
    }

    @Test(arguments: [(Limits.factsBytesMax, true), (Limits.factsBytesMax + 1, false)])
    func `holds for facts`(count: Int, isFine: Bool) throws {
        let result = TaskResult(outputs: [], facts: [UInt8](repeating: 7, count: count))
        #expect(try accepts(.commit(Samples.token, result, Samples.measurements)) == isFine)
    }

    @Test(arguments: [(Limits.parameterBytesMax, true), (Limits.parameterBytesMax + 1, false)])
    func `holds for parameters`(count: Int, isFine: Bool) throws {
        let grant = WorkGrant(
            token: Samples.token, kind: "k", version: 1,
            parameters: [UInt8](repeating: 7, count: count), inputs: [], outputs: [],
            memoryBytes: 1)
        #expect(try accepts(.grant(grant)) == isFine)
    }

    @Test(arguments: [(1 << 40, true), (1 << 40 + 1, false)])
    func `holds for the length of a blob`(count: Int, isFine: Bool) throws {
        let blob = BlobReference(digest: Samples.digest("x"), byteCount: count)
        let result = TaskResult(outputs: [TaskOutput(name: "o", blob: blob)], facts: [])
        #expect(try accepts(.commit(Samples.token, result, Samples.measurements)) == isFine)
    }

    @Test(arguments: [0.0, 1e9]) func `lets finite seconds pass`(seconds: Double) throws {
        let measured = TaskMeasurements(seconds: seconds, peakBytes: 0, core: "")
        #expect(try accepts(.commit(Samples.token, Samples.result, measured)))
    }

    @Test(arguments: [-1, .infinity, .nan]) func `refuses other seconds`(seconds: Double) throws {
        let measured = TaskMeasurements(seconds: seconds, peakBytes: 0, core: "")
        #expect(try !accepts(.commit(Samples.token, Samples.result, measured)))
    }

    @Test(arguments: [(10, true), (3_600_000, true), (9, false), (3_600_001, false)])
    func `holds for the time between beats`(milliseconds: Int64, isFine: Bool) throws {
        let profile = CoordinatorProfile(
            leaseMilliseconds: 30_000, beatMilliseconds: milliseconds, blobAddress: "a",
            host: "h", storePath: "")
        #expect(try accepts(.welcome(profile)) == isFine)
    }

    @Test(arguments: [(Limits.failureTextBytesMax, true), (Limits.failureTextBytesMax + 1, false)])
    func `holds for refusals`(count: Int, isFine: Bool) throws {
        #expect(try accepts(.refused(name(count), isFinal: false)) == isFine)
        let reply = BlobReply.refused(name(count), noSpace: false)
        let bytes = try reply.encoded()
        #expect(((try? BlobReply(decoding: bytes)) == reply) == isFine)
    }

    @Test(arguments: [(Limits.chunkBytes, true), (Limits.chunkBytes + 1, false)])
    func `holds for chunks`(count: Int, isFine: Bool) throws {
        let content = [UInt8](repeating: 1, count: count)
        let put = try BlobRequest.putChunk(Samples.digest("x"), index: 0, content).encoded()
        #expect(((try? BlobRequest(decoding: put)) != nil) == isFine)
        let reply = try BlobReply.chunk(content).encoded()
        #expect(((try? BlobReply(decoding: reply)) != nil) == isFine)
    }

    @Test func `holds for whole control messages`() throws {
        let frame =
            try ClientReply.answer([UInt8](repeating: 1, count: 1 << 19)).encoded().count
            - 1 << 19
        let most = [UInt8](repeating: 1, count: Limits.controlMessageBytes - frame)
        let fits = try ClientReply.answer(most).encoded()
        #expect(fits.count == Limits.controlMessageBytes)
        #expect(try ClientReply(decoding: fits) == .answer(most))
        let over = try ClientReply.answer(most + [1]).encoded()
        #expect(throws: WireError.self) { try ClientReply(decoding: over) }
    }

    @Test(arguments: [
        (Limits.specificationBytesMax, true), (Limits.specificationBytesMax + 1, false),
    ])
    func `holds for specifications`(count: Int, isFine: Bool) throws {
        let blob = BlobReference(digest: Samples.digest("x"), byteCount: count)
        let request = ClientRequest.submit(JobSubmission(title: "t", specification: blob))
        let bytes = try request.encoded()
        #expect(((try? ClientRequest(decoding: bytes)) == request) == isFine)
    }

    @Test func `cuts the length of a page to 1,000`() throws {
        let request = try ClientRequest(decoding: ClientRequest.jobs(limit: 1_001).encoded())
        #expect(request == .jobs(limit: 1_000))
    }
}
