import Blobs
import Domain
import Foundation
import Ledger
import Planning
import Scheduling

/// A job that is not over.
struct ActiveJob {
    var driver: any JobDriver
    /// Descriptions by name, for what the scheduler does not ask.
    var tasks: [TaskName: TaskDescription] = [:]
    /// Names that the ledger has already.
    var recorded: Set<TaskName> = []
    var failures: [TaskName: TaskFailure] = [:]
    /// Measurements of attempts whose end is being recorded.
    var measurements: [LeaseToken: TaskMeasurements] = [:]
    /// Results that the driver has not heard of yet.
    var news: [TaskName: TaskResult] = [:]
}

/// What people see of a job beside the scheduler's counts.
struct JobProgress {
    let submission: JobSubmission
    let submittedAtUnixMs: Int64
    var endedAtUnixMs: Int64?
    var layersDone = 0
    var layersTotal = 0
    var worst: LayerStatus?
    var retries = 0
    var alarms: [String] = []
}

extension Engine {
    /// Starts a job whose specification is in the store.
    mutating func submit(_ submission: JobSubmission) throws -> JobID {
        let specification = try readSpecification(submission)
        guard !specification.isDrill || configuration.allowsDrills else {
            throw CoordinatorError.drillsNotAllowed
        }
        let missing = Set(specification.blobs.map(\.digest)).filter { !store.contains($0) }
        guard missing.isEmpty else {
            throw CoordinatorError.incompleteSubmission(missing: missing.count)
        }
        let driver = try specification.makeDriver()
        let job = newJobName(submission)
        changes.append(
            .jobAdded(job, submission, submittedAtUnixMs: unixMilliseconds))
        progress[job] = JobProgress(
            submission: submission, submittedAtUnixMs: unixMilliseconds)
        start(job, submission, specification, driver, recorded: [])
        return job
    }

    /// Replays the drivers of all jobs that are not over, and takes up their open leases.
    mutating func takeUpJobs() throws {
        let records = try ledger.jobs()
        for record in records {
            progress[record.id] = JobProgress(
                submission: record.submission, submittedAtUnixMs: record.submittedAtUnixMs)
        }
        let running = records.filter { $0.phase == .running }
        // Without unfinished jobs there is nothing that workers would have to report first.
        guard !running.isEmpty || ledger.attemptFloor > 0 else { return }
        var restoration = Restoration()
        restoration.attemptFloor = ledger.attemptFloor
        restoration.processes = try ledger.workers().map {
            WorkerProcess(worker: $0.id, incarnation: $0.incarnation, host: $0.host)
        }
        for record in running { try addHistories(of: record.id, to: &restoration) }
        scheduler = Scheduler(
            restoring: restoration, startedAt: now, coordinatorHost: configuration.host,
            policy: configuration.policy)
        for record in running.sorted(by: { $0.submittedAtUnixMs < $1.submittedAtUnixMs }) {
            let recorded = try recordedTasks(of: record.id)
            do {
                let specification = try readSpecification(record.submission)
                start(
                    record.id, record.submission, specification, try specification.makeDriver(),
                    recorded: recorded)
            } catch {
                react(to: .jobAdded(record.id, title: record.submission.title))
                react(to: .jobFailed(record.id, reason: "\(error)"))
            }
        }
    }

    /// What happened to a job's tasks before this start: how often they were tried, what went
    /// wrong on which hosts, and which results are there.
    private func addHistories(of job: JobID, to restoration: inout Restoration) throws {
        let done = try ledger.doneTasks(job)
        for (name, attempts) in try ledger.highestAttempts(job) {
            restoration.histories[TaskID(job: job, name: name)] = Restoration.History(
                attempts: attempts, origin: done[name]?.origin)
        }
        for (name, origin) in done.mapValues(\.origin) {
            let task = TaskID(job: job, name: name)
            restoration.histories[task, default: .init(attempts: 0)].origin = origin
        }
        for (name, troubles) in try ledger.troubles(job) {
            let task = TaskID(job: job, name: name)
            restoration.histories[task, default: .init(attempts: 0)].troubles = troubles.map {
                TaskTrouble(host: $0.host, worker: $0.worker, failureClass: $0.failureClass)
            }
        }
        restoration.openLeases += try ledger.openAttempts(job)
    }

    private func recordedTasks(of job: JobID) throws -> Set<TaskName> {
        var names: Set<TaskName> = []
        var offset = 0
        while true {
            let page = try ledger.tasks(job, limit: 10_000, offset: offset)
            names.formUnion(page.map(\.name))
            guard page.count == 10_000 else { return names }
            offset += page.count
        }
    }

    private func readSpecification(_ submission: JobSubmission) throws -> JobSpecification {
        let blob = try store.open(submission.specification.digest)
        return try JobSpecification(decoding: blob.copy(0..<blob.byteCount))
    }

    private func newJobName(_ submission: JobSubmission) -> JobID {
        // A readable name that sorts by time; the digits after it keep two of one second apart.
        let seconds = unixMilliseconds / 1_000
        let salt = Digest(
            sha256Of: Array("\(unixMilliseconds) \(progress.count) \(submission.title)".utf8))
        return JobID("j\(seconds)-\(salt.hex.prefix(4))")
    }

    private mutating func start(
        _ job: JobID, _ submission: JobSubmission, _ specification: JobSpecification,
        _ driver: any JobDriver, recorded: Set<TaskName>
    ) {
        jobs[job] = ActiveJob(driver: driver, recorded: recorded)
        react(to: .coordinatorHolds(specification.blobs.map(\.digest)))
        react(to: .jobAdded(job, title: submission.title))
        askDriver(of: job)
    }

    /// Tells the driver the news and adds the tasks that it wants next.
    private mutating func askDriver(of job: JobID) {
        guard var active = jobs[job] else { return }
        let news = active.news
        active.news = [:]
        let wanted: [TaskDescription]
        do { wanted = try active.driver.advance(news) } catch {
            react(to: .jobFailed(job, reason: "\(error)"))
            return
        }
        for task in wanted { active.tasks[task.name] = task }
        let unknown = wanted.filter { !active.recorded.contains($0.name) }
        active.recorded.formUnion(unknown.map(\.name))
        if !unknown.isEmpty {
            changes.append(.tasksAdded(job, unknown.map { TaskSummary($0) }))
        }
        progress[job]?.layersTotal += wanted.count { $0.kind == TaskNames.compressLayer }
        let (roots, complete) = (active.driver.roots, active.driver.isComplete)
        jobs[job] = active
        react(to: .tasksAdded(job, wanted, roots: roots, complete: complete))
    }

    /// A task's result is known: note what people want to see, and tell the driver.
    mutating func advance(_ task: TaskID, _ result: TaskResult) {
        guard let description = jobs[task.job]?.tasks[task.name] else { return }
        if description.kind == TaskNames.compressLayer { noteLayer(result, of: task.job) }
        guard let driver = jobs[task.job]?.driver, !driver.isComplete else { return }
        jobs[task.job]?.news[task.name] = result
        askDriver(of: task.job)
    }

    mutating func noteLayer(_ result: TaskResult, of job: JobID) {
        progress[job]?.layersDone += 1
        guard let facts = try? CanonicalJSON.decode(LayerFacts.self, from: result.facts),
            let error = facts.heldOutError ?? facts.error,
            error > progress[job]?.worst?.error ?? -1
        else { return }
        progress[job]?.worst = LayerStatus(layer: facts.layer, error: error)
    }
}
