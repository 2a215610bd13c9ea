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
            worker: WorkerID(name), address: "tcp://\(name):1", host: name, storePath: "/\(name)")
    }

    static let grant = WorkGrant(
        token: token, kind: "run_block", version: 3, parameters: Array("{\"block\":3}".utf8),
        inputs: [
            GrantedInput(
                name: "hidden", blob: blob, holders: [peer("b"), peer("a")], isDurable: false),
            GrantedInput(name: "weights", blob: blob, holders: [], isDurable: true),
            GrantedInput(name: "gram", blob: blob, holders: [peer("a")], isDurable: true),
        ],
        outputs: Retention.allCases.map { OutputDeclaration($0.rawValue, $0) },
        memoryBytes: 1 << 30)

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
            request(.beat(running: tokens, dropped: [digest("c")], anonymousBytes: 1 << 35)),
            request(.commit(token, result, measurements)),
            request(.commit(token, TaskResult(outputs: [], facts: []), measurements)),
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
        .done, .grant(grant), .nothingYet,
        .beat(cancel: tokens, release: [digest("e")], drain: true),
        .beat(cancel: [], release: [], drain: false),
        .commit(.accepted), .commit(.duplicate), .commit(.superseded), .commit(.mismatch),
        .sayHello, .refused("Not you.", isFinal: true), .refused("", isFinal: false),
    ]

    static let blobRequests: [BlobRequest] =
        [
            .missing([digest("a"), digest("b")]), .missing([]), .manifest(digest("a")),
            .chunk(digest("a"), index: 0), .chunk(digest("a"), index: 262_143),
            .putChunk(digest("a"), index: 2, [1, 2, 3]), .putChunk(digest("a"), index: 0, []),
            .putCommit(digest("b")),
        ]
        + [manifest, BlobManifest(byteCount: 0, chunks: [])].compactMap { $0 }.map { .putBegin($0) }

    static let blobReplies: [BlobReply] =
        [
            .missing([digest("a")]), .missing([]), .chunk([0, 255, 7]), .chunk([]),
            .wanted([0, 5, 1], complete: false), .wanted([], complete: true), .stored, .notHere,
            .refused("There is no space left.", noSpace: true), .refused("", noSpace: false),
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
        ] + TaskPhase.allCases.map { .tasks(JobID("j-1"), offset: 40, limit: 20, phase: $0) }

    static let clientReplies: [ClientReply] = [
        .answer(Array("{}".utf8)), .answer([]), .refused("No such job.", notFound: true),
        .refused("It is over.", notFound: false),
    ]
}
