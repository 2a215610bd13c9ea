public import Domain
import Foundation
import SwiftProtobuf
internal import WireSchema

extension ClientRequest {
    /// The request's bytes.
    public func encoded() throws(WireError) -> [UInt8] {
        var message = SchemaClientRequest()
        message.protocolVersion = protocolVersion
        switch self {
        case .submit(let submission):
            message.submit.title = submission.title
            message.submit.specification = Data(submission.specification.digest.bytes)
            message.submit.byteCount = UInt64(submission.specification.byteCount)
        case .job(let job): message.job.job = job.description
        case .jobs(let limit): message.jobs.limit = UInt32(limit)
        case .tasks(let job, let offset, let limit, let phase):
            message.tasks.job = job.description
            message.tasks.offset = UInt32(offset)
            message.tasks.limit = UInt32(limit)
            message.tasks.phase = phase?.rawValue ?? ""
        case .workers: message.workers = SchemaWorkersQuery()
        case .cancel(let job): message.cancel = job.description
        case .identify: message.identify = SchemaIdentify()
        case .health: message.health = SchemaHealthQuery()
        case .explain(let job, let task):
            message.explain.job = job.description
            message.explain.task = task.description
        case .drain(let worker): message.drain = worker.description
        case .backup: message.backup = SchemaBackupOrder()
        case .makeToken(let role, let uses, let seconds):
            message.token.role = role.rawValue
            message.token.uses = UInt32(uses)
            message.token.seconds = UInt64(seconds)
        case .revoke(let name): message.revoke = name
        }
        do { return Array(try message.serializedData()) } catch {
            throw .malformed(message: "client request")
        }
    }

    /// Reads a request; every field is checked against ``Limits``.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Limits.controlMessageBytes,
            let message = try? SchemaClientRequest(serializedBytes: bytes),
            let body = message.body
        else { throw .malformed(message: "client request") }
        try checkVersion(message.protocolVersion)
        let read = FieldReader(message: "client request")
        switch body {
        case .health, .explain, .drain, .backup, .token, .revoke:
            self = try Self.upkeep(body, read)
        case .submit(let submit):
            self = .submit(
                JobSubmission(
                    title: try read.name(submit.title, "title"),
                    specification: BlobReference(
                        digest: try read.digest(submit.specification, "specification"),
                        byteCount: try read.count(
                            submit.byteCount, "byte_count", max: Limits.specificationBytesMax))))
        case .job(let query): self = .job(JobID(try read.name(query.job, "job")))
        case .jobs(let query): self = .jobs(limit: min(Int(query.limit), 1_000))
        case .tasks(let query):
            let phase = TaskPhase(rawValue: query.phase)
            guard query.phase.isEmpty || phase != nil else { throw read.fail("phase") }
            self = .tasks(
                JobID(try read.name(query.job, "job")), offset: Int(query.offset),
                limit: min(Int(query.limit), 1_000), phase: phase)
        case .workers: self = .workers
        case .cancel(let job): self = .cancel(JobID(try read.name(job, "cancel")))
        case .identify: self = .identify
        }
    }

    private static func upkeep(
        _ body: SchemaClientRequest.OneOf_Body, _ read: FieldReader
    ) throws(WireError) -> ClientRequest {
        switch body {
        case .explain(let query):
            return .explain(
                JobID(try read.name(query.job, "job")), TaskName(try read.name(query.task, "task")))
        case .drain(let worker): return .drain(WorkerID(try read.name(worker, "drain")))
        case .backup: return .backup
        case .token(let order):
            guard let role = Role(rawValue: order.role) else { throw read.fail("role") }
            guard order.uses >= 1 else { throw read.fail("uses") }
            return .makeToken(
                role, uses: try read.count(UInt64(order.uses), "uses", max: Limits.workersMax),
                secondsToLive: Int64(
                    try read.count(order.seconds, "seconds", max: 366 * 86_400)))
        case .revoke(let name): return .revoke(try read.name(name, "revoke"))
        default: return .health
        }
    }
}

extension ClientReply {
    /// The reply's bytes.
    public func encoded() throws(WireError) -> [UInt8] {
        var message = SchemaClientReply()
        switch self {
        case .answer(let json): message.answer = Data(json)
        case .refused(let text, let notFound):
            message.refusal.text = text
            message.refusal.notFound = notFound
        case .later(let milliseconds, let text):
            message.later.milliseconds = UInt64(milliseconds)
            message.later.text = text
        }
        do { return Array(try message.serializedData()) } catch {
            throw .malformed(message: "client reply")
        }
    }

    /// Reads a reply.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Limits.controlMessageBytes,
            let message = try? SchemaClientReply(serializedBytes: bytes), let body = message.body
        else { throw .malformed(message: "client reply") }
        switch body {
        case .answer(let json): self = .answer(Array(json))
        case .later(let later):
            let read = FieldReader(message: "client reply")
            self = .later(
                milliseconds: Int64(
                    try read.count(
                        later.milliseconds, "milliseconds",
                        max: Int(Limits.pauseMillisecondsMax))), later.text)
        case .refusal(let refusal):
            self = .refused(refusal.text, notFound: refusal.notFound)
        }
    }
}
