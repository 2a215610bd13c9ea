import Blobs
import Domain
import Foundation
import Ledger
import Messaging
import Planning
import Scheduling
import Sessions
import Wire

extension Engine {
    /// A command's request whose sender was let in.
    mutating func handleClient(_ body: [UInt8], _ caller: Caller) {
        var reply: ClientReply
        do {
            let request = try ClientRequest(decoding: body)
            try Permissions.check(caller.principal, may: request.action)
            if request.action != .read, room.isStuck || isPostponed(request) {
                reply = .later(
                    milliseconds: 1_000, room.reason ?? "The coordinator is read-only.")
            } else if case .backup = request {
                // A copy may take minutes: it is made, and answered, beside everything else.
                backups.make(for: caller, unixMs: unixMilliseconds)
                return
            } else {
                reply = .answer(try answer(to: request, from: caller))
            }
        } catch let error as CoordinatorError {
            reply = .refused(error.description, notFound: error.isAboutAName)
        } catch {
            reply = .refused("\(error)", notFound: false)
        }
        guard let bytes = try? reply.encoded() else { return }
        // Answers that promise nothing need not wait for a ledger that cannot be written.
        if room.isStuck { caller.reply(bytes, logger) } else { outbox.append((caller, bytes)) }
    }

    /// Whether a request begins something new for which there is no room.
    private func isPostponed(_ request: ClientRequest) -> Bool {
        guard room.reason != nil else { return false }
        switch request {
        case .submit, .backup: return true
        default: return false
        }
    }

    private mutating func answer(
        to request: ClientRequest, from caller: Caller
    ) throws -> [UInt8] {
        switch request {
        case .submit(let submission):
            return try CanonicalJSON.encode(SubmittedJob(job: try submit(submission)))
        case .job(let job): return try CanonicalJSON.encode(try status(of: job))
        case .jobs(let limit):
            let latest = try ledger.jobs().sorted { $0.submittedAtUnixMs > $1.submittedAtUnixMs }
            let known = Set(latest.map(\.id))
            let fresh = jobs.keys.filter { !known.contains($0) }.sorted()
            let names = fresh + latest.map(\.id)
            return try CanonicalJSON.encode(try names.prefix(max(1, limit)).map(status(of:)))
        case .tasks(let job, let offset, let limit, let phase):
            return try CanonicalJSON.encode(try tasks(of: job, offset, limit, phase))
        case .workers: return try CanonicalJSON.encode(workerList())
        case .cancel(let job):
            guard jobs[job] != nil else { throw CoordinatorError.unknownJob(job) }
            react(to: .jobCancelled(job, reason: "A person cancelled it."))
            return try CanonicalJSON.encode(SubmittedJob(job: job))
        case .identify:
            return try CanonicalJSON.encode(
                CoordinatorIdentity(
                    software: configuration.software, blobAddress: blobAddress,
                    host: configuration.host, storePath: store.root.path,
                    pass: access.pass(for: caller.principal, nowUnixMs: unixMilliseconds)))
        case .health, .explain, .drain, .backup, .makeToken, .revoke:
            return try upkeep(request)
        }
    }

    private func status(of job: JobID) throws -> Domain.JobStatus {
        guard let live = scheduler.status(of: job), let shown = progress[job] else {
            return try recordedStatus(of: job)
        }
        let end = shown.endedAtUnixMs ?? unixMilliseconds
        let elapsed = Double(end - shown.submittedAtUnixMs)
        return Domain.JobStatus(
            job: job, title: live.title, phase: live.phase, reason: live.reason,
            stages: live.stages.map {
                StageStatus(
                    name: $0.name, total: $0.counts.total, done: $0.counts.done,
                    cached: $0.counts.cached, running: $0.counts.running)
            },
            layersDone: shown.layersDone, layersTotal: shown.layersTotal,
            worstLayer: shown.worst, elapsedSeconds: elapsed / 1_000,
            remainingSeconds: live.phase == .running ? live.secondsLeft : nil,
            recomputed: live.recomputations, retries: shown.retries, alarms: shown.alarms,
            speculated: live.speculated, verified: live.verified, unverified: live.unverified,
            submission: shown.submission,
            memoryBytesWanted: live.phase == .running ? live.memoryBytesWanted : nil)
    }

    /// The status of a job that was over before this coordinator started.
    private func recordedStatus(of job: JobID) throws -> Domain.JobStatus {
        guard let record = try ledger.job(job) else { throw CoordinatorError.unknownJob(job) }
        let stages = try ledger.stageCounts(job).map {
            StageStatus(
                name: $0.stage, total: $0.total, done: $0.done, cached: $0.cached, running: 0)
        }
        let layers = stages.first { $0.name == "compress" }
        let end = record.endedAtUnixMs ?? record.submittedAtUnixMs
        return Domain.JobStatus(
            job: job, title: record.submission.title, phase: record.phase, reason: record.reason,
            stages: stages, layersDone: layers?.done ?? 0, layersTotal: layers?.total ?? 0,
            worstLayer: nil, elapsedSeconds: Double(end - record.submittedAtUnixMs) / 1_000,
            remainingSeconds: nil, recomputed: 0, retries: 0, alarms: [],
            submission: record.submission)
    }

    private func tasks(
        of job: JobID, _ offset: Int, _ limit: Int, _ phase: TaskPhase?
    ) throws -> TaskPage {
        guard try ledger.job(job) != nil else { throw CoordinatorError.unknownJob(job) }
        let total = try ledger.stageCounts(job).reduce(0) { $0 + $1.total }
        var page = try ledger.tasks(
            job, phase: phase, limit: max(1, min(limit, 500)), offset: offset)
        var found: [RecordedResult?] = []
        var bytes = 0
        for record in page {
            // A page stays well under a control message, however long its facts are.
            guard bytes < Limits.controlMessageBytes / 3 else { break }
            let result = try record.key.map { try ledger.result(forKey: $0) } ?? nil
            bytes += 1_024 + 2 * (record.facts?.count ?? 0)
            bytes += 2 * (record.failure?.text.utf8.count ?? 0)
            bytes += 200 * (result?.result.outputs.count ?? 0)
            found.append(result)
        }
        page.removeLast(page.count - found.count)
        return TaskPage(
            total: total,
            tasks: zip(page, found).map { record, result in
                // A cached task shows what computing it took when it was computed.
                let measurements = record.measurements ?? result?.measurements
                return TaskStatus(
                    name: record.name, kind: record.kind, stage: record.stage,
                    phase: scheduler.phase(of: TaskID(job: job, name: record.name))
                        ?? record.phase,
                    origin: record.origin, attempts: record.attempts,
                    worker: record.worker?.description, seconds: measurements?.seconds,
                    peakBytes: measurements?.peakBytes,
                    facts: record.facts.map { String(decoding: $0, as: UTF8.self) },
                    failure: record.failure?.text)
            }, results: found.map { $0?.result.outputs ?? [] })
    }

    private func workerList() -> [Domain.WorkerStatus] {
        scheduler.workerStatuses.compactMap { status in
            guard let known = workers[status.description.id] else { return nil }
            let silent = now.milliseconds - status.lastBeat.milliseconds
            return Domain.WorkerStatus(
                worker: status.description.id, profile: known.profile,
                isConnected: status.presence == .connected, isDraining: status.draining,
                drainReason: status.drainReason ?? status.trouble,
                running: status.running.map { "\($0.task.name)" },
                anonymousBytes: known.anonymousBytes, blobs: status.blobs,
                silentSeconds: Double(silent) / 1_000)
        }
    }
}
