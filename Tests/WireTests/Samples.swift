import Domain
import Wire

/// Values of every kind that travels; each list holds every case at least once.
enum Samples {
    static func digest(_ text: String) -> Digest { Digest(sha256Of: Array(text.utf8)) }

    static let blob = BlobReference(digest: digest("a"), byteCount: 12_345_678_901)
    static let task = TaskID(job: JobID("j-1"), name: TaskName("block.003/solve/q_proj"))
    static let token = LeaseToken(task: task, attempt: 7, worker: WorkerID("w-1"))
    static let tokens = [token, LeaseToken(task: task, attempt: 8, worker: WorkerID("w-é"))]
    static let profile = WorkerProfile(
        slots: 2, memoryBytesPerSlot: 400 << 20, host: "host-1",
        blobAddress: "tcp://127.0.0.1:9", storePath: "/var/lib/spokeshave", software: "1.0",
        core: "SkylakeX")
    static let result = TaskResult(
        outputs: [
            TaskOutput(name: "hidden", blob: blob),
            TaskOutput(name: "empty", blob: BlobReference(digest: digest(""), byteCount: 0)),
        ], facts: Array("{\"error\":0.5}".utf8))
    static let measurements = TaskMeasurements(seconds: 0.125, peakBytes: 1 << 33, core: "Zen")
    static let manifest: BlobManifest? = BlobManifest(
        byteCount: 2 * Limits.chunkBytes + 1,
        chunks: [digest("0"), digest("1"), digest("2")])

    static func peer(_ name: String) -> BlobPeer {
        BlobPeer(
            worker: WorkerID(name), address: "tcp://\(name):1", host: name, storePath: "/\(name)",
            pass: name == "a" ? pass : nil)
    }

    static let pass = BlobPass(
        key: Array(repeating: 7, count: 32),
        ticket: Array(repeating: 9, count: Limits.ticketBytesMax), expiresUnixMs: 1_900_000_000_000)

    static let grant = WorkGrant(
        token: token, kind: "run_block", version: 3, parameters: Array("{\"block\":3}".utf8),
        inputs: [
            GrantedInput(
                name: "hidden", blob: blob, holders: [peer("b"), peer("a")], isDurable: false),
            GrantedInput(name: "weights", blob: blob, holders: [], isDurable: true),
            GrantedInput(name: "gram", blob: blob, holders: [peer("a")], isDurable: true),
        ],
        outputs: Retention.allCases.map { OutputDeclaration($0.rawValue, $0) },
        memoryBytes: 1 << 30, timeLimitMilliseconds: Limits.timeLimitMillisecondsMax,
        coordinatorPass: pass)

    static func request(_ body: WorkerRequest.Body) -> WorkerRequest {
        WorkerRequest(
            worker: WorkerID("w-1"), incarnation: .max, sequence: 41, channel: "slot-0", body: body)
    }

    static let workerRequests: [WorkerRequest] =
        [
            request(.hello(profile, running: tokens)),
            request(.hello(profile, running: [])),
            request(.holdings([digest("a"), digest("b")], first: true)),
            request(.holdings([], first: false)),
            request(.lease(slot: 0)),
            request(.lease(slot: Limits.slotsPerWorkerMax - 1)),
            request(
                .beat(
                    running: tokens, dropped: [digest("c"), digest("d")],
                    damaged: [digest("d")], anonymousBytes: 1 << 35)),
            WorkerRequest(
                worker: WorkerID("w-old"), incarnation: 1, sequence: 1, channel: "beat",
                body: .goodbye, protocolVersion: 1),
            request(.commit(token, result, measurements)),
            request(.commit(token, TaskResult(outputs: [], facts: []), measurements)),
            request(.commit(token, result, measurements, next: 0)),
            request(.commit(token, result, measurements, next: Limits.slotsPerWorkerMax - 1)),
            request(.release(tokens)),
            request(.goodbye),
        ]
        + FailureClass.allCases.map {
            request(.fail(token, TaskFailure($0, "It failed: ü.", missing: [digest("d")])))
        }

    static let workerReplies: [WorkerReply] = [
        .welcome(
            CoordinatorProfile(
                leaseMilliseconds: Limits.leaseMilliseconds,
                beatMilliseconds: Limits.beatMilliseconds, blobAddress: "tcp://127.0.0.1:1",
                host: "h", storePath: "")),
        .welcome(
            CoordinatorProfile(
                leaseMilliseconds: 1, beatMilliseconds: 10, blobAddress: "tcp://127.0.0.1:1",
                host: "h", storePath: "", pass: pass)),
        .later(milliseconds: Limits.pauseMillisecondsMax, "The disk is full."),
        .done, .grant(grant), .nothingYet,
        .beat(
            BeatReply(
                cancel: tokens, release: [digest("e")], drain: true,
                save: (0..<Limits.savesPerBeatMax).map { digest("s\($0)") })),
        .beat(BeatReply(drain: true, mayLeave: true)), .beat(BeatReply()),
        .commit(.accepted, next: grant), .commit(.superseded, next: grant),
        .commit(.accepted), .commit(.duplicate), .commit(.superseded), .commit(.mismatch),
        .sayHello, .refused("Not you.", isFinal: true), .refused("", isFinal: false),
    ]

    static let blobRequests: [BlobRequest] =
        [
            .missing([digest("a"), digest("b")]), .missing([]), .manifest(digest("a")),
            .chunk(digest("a"), index: 0), .chunk(digest("a"), index: 262_143),
            .putChunk(digest("a"), index: 2, [1, 2, 3]), .putChunk(digest("a"), index: 0, []),
            .putCommit(digest("b")),
            .putPiece(digest("a"), index: 3, offset: 65_536, [4, 5]),
            .putManifest(digest("c"), byteCount: 9 << 30, first: 2_048, [digest("d")]),
            .piece(digest("a"), index: 1, offset: 1 << 20, byteCount: 1 << 20),
            .manifestPage(digest("a"), first: 65_536), .suspect(digest("a")),
        ]
        + [manifest, BlobManifest(byteCount: 0, chunks: [])].compactMap { $0 }.map { .putBegin($0) }

    static let blobReplies: [BlobReply] =
        [
            .missing([digest("a")]), .missing([]), .chunk([0, 255, 7]), .chunk([]),
            .wanted([0, 5, 1], complete: false), .wanted([], complete: true), .stored, .notHere,
            .refused("There is no space left.", noSpace: true), .refused("", noSpace: false),
            .manifestPage(digest("a"), byteCount: 9 << 30, first: 3, [digest("b"), digest("c")]),
            .manifestWanted(first: 4_096), .later(milliseconds: 60_000), .later(milliseconds: 0),
            .chunk([UInt8](repeating: 9, count: 300)),
        ] + [manifest].compactMap { $0 }.map { .manifest($0) }

    static let clientRequests: [ClientRequest] =
        [
            .submit(
                JobSubmission(
                    title: "tiny-llama",
                    specification: BlobReference(
                        digest: digest("s"), byteCount: Limits.specificationBytesMax))),
            .job(JobID("j-1")), .jobs(limit: 20), .workers, .cancel(JobID("j-2")), .identify,
            .tasks(JobID("j-1"), offset: 0, limit: 1_000, phase: nil),
            .health, .explain(JobID("j-1"), TaskName("block.003/solve/q_proj")),
            .drain(WorkerID("w-1")), .backup, .revoke("worker:w-1"),
            .makeToken(.worker, uses: Limits.workersMax, secondsToLive: 366 * 86_400),
            .makeToken(.viewer, uses: 1, secondsToLive: 0),
        ] + TaskPhase.allCases.map { .tasks(JobID("j-1"), offset: 40, limit: 20, phase: $0) }

    static let clientReplies: [ClientReply] = [
        .answer(Array("{}".utf8)), .answer([]), .refused("No such job.", notFound: true),
        .refused("It is over.", notFound: false),
        .later(milliseconds: 1_000, "The disk is full."),
    ]
}
