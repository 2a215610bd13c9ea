import Domain
import Testing
import Wire

/// What is written is read back; the switches make the compiler ask for a sample of a new case.
@Suite struct `A message` {
    @Test(arguments: Samples.workerRequests)
    func `of a worker comes back as it was`(request: WorkerRequest) throws {
        #expect(try WorkerRequest(decoding: request.encoded()) == request)
    }

    @Test(arguments: Samples.workerReplies)
    func `to a worker comes back as it was`(reply: WorkerReply) throws {
        #expect(try WorkerReply(decoding: reply.encoded()) == reply)
    }

    @Test(arguments: Samples.blobRequests)
    func `that asks for a blob comes back as it was`(request: BlobRequest) throws {
        #expect(try BlobRequest(decoding: request.encoded()) == request)
    }

    @Test(arguments: Samples.blobReplies)
    func `that brings a blob comes back as it was`(reply: BlobReply) throws {
        #expect(try BlobReply(decoding: reply.encoded()) == reply)
    }

    @Test(arguments: Samples.clientRequests)
    func `of a command comes back as it was`(request: ClientRequest) throws {
        #expect(try ClientRequest(decoding: request.encoded()) == request)
    }

    @Test(arguments: Samples.clientReplies)
    func `to a command comes back as it was`(reply: ClientReply) throws {
        #expect(try ClientReply(decoding: reply.encoded()) == reply)
    }

    @Test func `of every case is among the samples`() {
        #expect(Set(Samples.workerRequests.map { number($0.body) }) == Set(0...7))
        #expect(Set(Samples.workerReplies.map(number)) == Set(0...8))
        #expect(Set(Samples.blobRequests.map(number)) == Set(0...10))
        #expect(Set(Samples.blobReplies.map(number)) == Set(0...9))
        #expect(Set(Samples.clientRequests.map(number)) == Set(0...12))
        #expect(Set(Samples.clientReplies.map(number)) == Set(0...2))
    }

    @Test func `whose failure text was cut inside a character comes back`() throws {
        let text = String(repeating: "é", count: Limits.failureTextBytesMax)
        for prefix in ["", "a"] {
            let failure = TaskFailure(.crashed, prefix + text)
            let request = Samples.request(.fail(Samples.token, failure))
            #expect(try WorkerRequest(decoding: request.encoded()) == request)
        }
    }

    @Test func `is written the same each time`() throws {
        let first = try WorkerReply.grant(Samples.grant).encoded()
        for _ in 0..<20 {
            #expect(try WorkerReply.grant(Samples.grant).encoded() == first)
        }
    }

    private func number(_ body: WorkerRequest.Body) -> Int {
        switch body {
        case .hello: 0
        case .holdings: 1
        case .lease: 2
        case .beat: 3
        case .commit: 4
        case .fail: 5
        case .release: 6
        case .goodbye: 7
        }
    }

    private func number(_ reply: WorkerReply) -> Int {
        switch reply {
        case .welcome: 0
        case .done: 1
        case .grant: 2
        case .nothingYet: 3
        case .beat: 4
        case .commit: 5
        case .sayHello: 6
        case .refused: 7
        case .later: 8
        }
    }

    private func number(_ request: BlobRequest) -> Int {
        switch request {
        case .missing: 0
        case .manifest: 1
        case .chunk: 2
        case .putBegin: 3
        case .putChunk: 4
        case .putCommit: 5
        case .putPiece: 6
        case .putManifest: 7
        case .piece: 8
        case .manifestPage: 9
        case .suspect: 10
        }
    }

    private func number(_ reply: BlobReply) -> Int {
        switch reply {
        case .missing: 0
        case .manifest: 1
        case .chunk: 2
        case .wanted: 3
        case .stored: 4
        case .notHere: 5
        case .refused: 6
        case .manifestPage: 7
        case .manifestWanted: 8
        case .later: 9
        }
    }

    private func number(_ request: ClientRequest) -> Int {
        switch request {
        case .submit: 0
        case .job: 1
        case .jobs: 2
        case .tasks: 3
        case .workers: 4
        case .cancel: 5
        case .identify: 6
        case .health: 7
        case .explain: 8
        case .drain: 9
        case .backup: 10
        case .makeToken: 11
        case .revoke: 12
        }
    }

    private func number(_ reply: ClientReply) -> Int {
        switch reply {
        case .answer: 0
        case .refused: 1
        case .later: 2
        }
    }
}
