import Domain
import Scheduling
import Testing

/// A scheduler under a test's hand: answers look-ups from `known`, keeps what was granted.
final class Script {
    var scheduler: Scheduler
    var now: Int64 = 0
    var known: [Digest: TaskResult] = [:]
    /// What the coordinator's store has.
    var kept: Set<Digest> = []
    var grants: [LeaseToken] = []
    var inputs: [LeaseToken: [ResolvedInput]] = [:]
    /// Of each grant, the inputs to fetch ahead.
    var ahead: [LeaseToken: [ResolvedInput]] = [:]
    private(set) var declined: [UInt64] = []
    var effects: [Effect] = []
    private var lastRequest: UInt64 = 0

    init(_ scheduler: Scheduler = Scheduler(startedAt: Moment(milliseconds: 0))) {
        self.scheduler = scheduler
    }

    convenience init(policy: SchedulerPolicy) {
        self.init(Scheduler(startedAt: Moment(milliseconds: 0), policy: policy))
    }

    @discardableResult
    func tell(_ event: Event) -> Answer {
        var waiting = [event]
        var first: Answer?
        while !waiting.isEmpty {
            let reaction = scheduler.handle(waiting.removeFirst(), at: Moment(milliseconds: now))
            first = first ?? reaction.answer
            effects += reaction.effects
            for effect in reaction.effects {
                switch effect {
                case .lookUp(let task, let key):
                    if let result = known[key] {
                        let held = result.outputs.map(\.blob.digest).filter(kept.contains)
                        waiting.append(.resultFound(task, result, held: held))
                    } else {
                        waiting.append(.resultNotFound(task))
                    }
                case .recordResult(_, let key, _, let result, _, _): known[key] = result
                case .grant(_, let token, _, let inputs, let ahead):
                    grants.append(token)
                    self.inputs[token] = inputs
                    self.ahead[token] = ahead
                case .decline(let request): declined.append(request)
                default: break
                }
            }
            let wrong = Invariants.check(scheduler)
            #expect(wrong.isEmpty, "\(wrong.first ?? "")")
        }
        return first ?? .none
    }

    /// Submits a job whose roots are `roots`.
    func submit(
        _ tasks: [TaskDescription],
        roots: [String],
        complete: Bool = true,
        as name: String = "job"
    ) {
        tell(.jobAdded(JobID(name), title: name))
        tell(
            .tasksAdded(
                JobID(name),
                tasks,
                roots: Set(roots.map { TaskName($0) }),
                complete: complete
            )
        )
    }

    func join(
        _ name: String,
        host: String? = nil,
        incarnation: UInt64 = 1,
        slots: Int = 1,
        memory: Int = 1_000,
        held: [Digest] = [],
        leases: [LeaseToken] = []
    ) {
        let description = WorkerDescription(
            id: WorkerID(name),
            incarnation: incarnation,
            slots: slots,
            memoryBytes: memory,
            host: host ?? name,
            address: "inproc://\(name)"
        )
        tell(.workerJoined(description, held: held, leases: leases))
    }

    /// Asks for a task; nil when the request is parked or declined.
    @discardableResult
    func ask(
        _ worker: String, slot: Int = 0, incarnation: UInt64 = 1, waits: Bool = true
    ) -> LeaseToken? {
        let count = grants.count
        lastRequest += 1
        tell(
            .slotFree(
                WorkerID(worker),
                incarnation: incarnation,
                slot: slot,
                requestID: lastRequest,
                waits: waits
            )
        )
        return grants.count > count ? grants[count] : nil
    }

    @discardableResult
    func complete(
        _ token: LeaseToken, giving text: String? = nil, seconds: Double = 2
    ) -> CompletionAnswer {
        let answer = tell(
            .completed(
                token,
                result(of: token, giving: text),
                TaskMeasurements(seconds: seconds, peakBytes: 1, core: "Test")
            )
        )
        guard case .completion(let completion) = answer else { return .superseded }
        return completion
    }

    /// The result of a granted task: outputs named by the task, or by `text`.
    func result(of token: LeaseToken, giving text: String? = nil) -> TaskResult {
        Script.result(of: token.task.name.description, giving: text)
    }

    static func result(of name: String, giving text: String? = nil) -> TaskResult {
        TaskResult(
            outputs: [
                TaskOutput(
                    name: "out",
                    blob: BlobReference(digest: digest(text ?? name), byteCount: 1_000)
                )
            ],
            facts: Array("{}".utf8)
        )
    }

    static func digest(_ text: String) -> Digest { Digest(sha256Of: Array(text.utf8)) }

    @discardableResult
    func fail(
        _ token: LeaseToken,
        _ failureClass: FailureClass,
        missing: [Digest] = []
    ) -> Answer {
        tell(.failed(token, TaskFailure(failureClass, "it broke", missing: missing)))
    }

    func beat(
        _ worker: String,
        incarnation: UInt64 = 1,
        running: [LeaseToken] = [],
        dropped: [Digest] = []
    ) -> BeatAnswer? {
        let answer = tell(
            .beat(
                WorkerID(worker),
                incarnation: incarnation,
                running: running,
                dropped: dropped
            )
        )
        if case .beat(let answer) = answer { return answer }
        return nil
    }

    func wait(_ milliseconds: Int64) {
        now += milliseconds
        tell(.tick)
    }

    /// Lets time pass second by second; all connected workers beat and go on with what they run.
    func pass(_ milliseconds: Int64) {
        let end = now + milliseconds
        while now < end {
            now = min(end, now + 1_000)
            for worker in scheduler.workerStatuses where worker.presence == .connected {
                tell(
                    .beat(
                        worker.description.id,
                        incarnation: worker.description.incarnation,
                        running: worker.running,
                        dropped: []
                    )
                )
            }
            tell(.tick)
        }
    }

    /// What a task's explanation says, in one text.
    func explain(_ name: String) -> String {
        let id = TaskID(job: JobID("job"), name: TaskName(name))
        return scheduler.explain(id)?.sentences.joined(separator: " ") ?? "(nothing)"
    }

    func worker(_ name: String) -> Scheduling.WorkerStatus? {
        scheduler.status(of: WorkerID(name))
    }

    /// How the attempts ended, in order.
    var outcomes: [AttemptOutcome] {
        effects.compactMap {
            if case .recordAttemptEnd(_, let outcome, _) = $0 { outcome } else { nil }
        }
    }

    /// Why workers were drained.
    var drained: [WorkerID] {
        effects.compactMap { if case .workerDrained(let worker, _) = $0 { worker } else { nil } }
    }

    var job: Scheduling.JobStatus? { scheduler.status(of: JobID("job")) }

    func phase(_ name: String) -> TaskPhase? {
        scheduler.phase(of: TaskID(job: JobID("job"), name: TaskName(name)))
    }
}

/// A task with one output `out` that reads the outputs of others.
func task(
    _ name: String,
    after producers: [String] = [],
    _ retention: Retention = .transient,
    priority: Int = 0,
    memory: Int = 1,
    parameters: String? = nil,
    reading blobs: [String] = [],
    flops: Double = 10
) -> TaskDescription {
    TaskDescription(
        name: TaskName(name),
        kind: "test",
        version: 1,
        parameters: Array((parameters ?? name).utf8),
        inputs: producers.map {
            TaskInput("from \($0)", .output(task: TaskName($0), name: "out"))
        }
            + blobs.map {
                TaskInput(
                    $0, .blob(BlobReference(digest: Script.digest($0), byteCount: 1_000)))
            },
        outputs: [OutputDeclaration("out", retention)],
        stage: "stage",
        priority: priority,
        cost: TaskCost(flops: flops, memoryBytesMax: memory, outputBytes: 1_000)
    )
}
