import Domain
import WorkerCore

/// A worker's core on a bench: a clock that is set by hand, and every effect in reach.
struct Bench {
    var core: WorkerCore
    var time: Int64 = 0
    /// Effects of the last event.
    var effects: [WorkerEffect] = []

    init(slots: Int = 1, drain: Int64 = 20_000, save: Int64 = 20_000) {
        core = WorkerCore(
            worker: WorkerID("w"), incarnation: 7,
            settings: WorkerSettings(
                slots: slots, drainMilliseconds: drain, saveMilliseconds: save),
            startedAt: Moment(milliseconds: 0))
    }

    /// A worker that has joined and whose slots have asked for work; `hello` and first beat are
    /// answered.
    static func joined(slots: Int = 1) -> Bench {
        var bench = Bench(slots: slots)
        bench.start()
        bench.answer("membership", .done)
        bench.answer("membership", .welcome(profile))
        bench.answer("beat", .beat(BeatReply()))
        return bench
    }

    static let profile = CoordinatorProfile(
        leaseMilliseconds: 30_000, beatMilliseconds: 5_000, blobAddress: "tcp://b", host: "c",
        storePath: "/c")

    mutating func tell(_ event: WorkerEvent) {
        effects = core.handle(event, at: Moment(milliseconds: time))
        for effect in effects {
            if case .send(let request, _) = effect { sent[request.channel] = request }
        }
    }

    /// The last request of each channel.
    var sent: [String: WorkerRequest] = [:]

    mutating func start(holding digests: [Digest] = []) {
        tell(
            .started(
                WorkerProfile(
                    slots: core.settings.slots, memoryBytesPerSlot: 1, host: "h",
                    blobAddress: "tcp://w", storePath: "/w", software: "s", core: "c")))
        tell(.stockTaken(digests))
    }

    mutating func answer(_ channel: String, _ reply: WorkerReply) {
        tell(.reply(channel: channel, sequence: sent[channel]?.sequence ?? 0, reply))
    }

    mutating func lose(_ channel: String) {
        tell(.lost(channel: channel, sequence: sent[channel]?.sequence ?? 0))
    }

    /// Ticks until `moment`, as often as the core wishes or every 10 ms.
    mutating func wait(until moment: Int64) {
        var all: [WorkerEffect] = []
        while time < moment {
            time = min(moment, time + 10)
            tell(.tick)
            all += effects
        }
        effects = all
    }

    /// Requests among the effects of the last event.
    var requests: [WorkerRequest] {
        effects.compactMap { if case .send(let request, _) = $0 { request } else { nil } }
    }

    func asked(_ channel: String) -> WorkerRequest? {
        requests.last { $0.channel == channel }
    }

    static func digest(_ number: Int) -> Digest { Digest(sha256Of: [UInt8(number)]) }

    static func token(_ number: Int) -> LeaseToken {
        LeaseToken(
            task: TaskID(job: JobID("j"), name: TaskName("t\(number)")), attempt: 1,
            worker: WorkerID("w"))
    }

    static func grant(
        _ number: Int = 1, retention: Retention = .durable, timeLimit: Int64 = 0
    ) -> WorkGrant {
        WorkGrant(
            token: token(number), kind: "k", version: 1, parameters: [],
            inputs: [
                GrantedInput(
                    name: "in", blob: BlobReference(digest: digest(100), byteCount: 1),
                    holders: [], isDurable: true)
            ], outputs: [OutputDeclaration("out", retention)], memoryBytes: 1,
            timeLimitMilliseconds: timeLimit)
    }

    static let measurements = TaskMeasurements(seconds: 1, peakBytes: 1, core: "c")

    static func result(_ number: Int = 1) -> TaskResult {
        TaskResult(
            outputs: [
                TaskOutput(
                    name: "out", blob: BlobReference(digest: digest(number), byteCount: 1))
            ], facts: [])
    }

    /// Brings the lease `number` to where its result is there.
    mutating func compute(_ number: Int = 1, slot: Int = 0, retention: Retention = .durable) {
        answer("slot-\(slot)", .grant(Bench.grant(number, retention: retention)))
        tell(.prepared(Bench.token(number), nil))
        tell(.finished(Bench.token(number), .result(Bench.result(number), Bench.measurements)))
    }
}
