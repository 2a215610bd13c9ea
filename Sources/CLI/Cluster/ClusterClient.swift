import Blobs
import Domain
import Foundation
import Messaging
import Planning
import Transfer
import Wire

/// A command's side of the conversation with a coordinator.
struct ClusterClient {
    let address: String
    private let requester: any RequestChannel
    let identity: CoordinatorIdentity

    /// Connects; fails with a clear sentence when nobody answers.
    init(address: String, identityFolder: URL) throws {
        self.address = address
        requester = try SecureLink.open(address, identityFolder: identityFolder, name: "command")
        identity = try Self.ask(.identify, requester)
    }

    func close() { requester.close() }

    /// A client of the coordinator's blobs, with what this command may do there.
    func blobClient() throws -> BlobClient {
        try BlobClient(address: identity.blobAddress, pass: identity.pass)
    }

    /// Asks; retries while the coordinator is away for a moment.
    func ask<Value: Decodable>(_ request: ClientRequest) throws -> Value {
        try Self.ask(request, requester)
    }

    private static func ask<Value: Decodable>(
        _ request: ClientRequest, _ requester: any RequestChannel, check: () throws -> Void = {}
    ) throws -> Value {
        let bytes = [ControlEnvelope.client] + (try request.encoded())
        var tries = 0
        while true {
            do {
                let reply = try ClientReply(
                    decoding: try requester.request(bytes, timeout: .seconds(15)))
                switch reply {
                case .answer(let json): return try CanonicalJSON.decode(Value.self, from: json)
                case .refused(let text, let notFound):
                    throw CommandFailure(notFound ? .usage : .badInput, text)
                case .later(let milliseconds, let text):
                    tries += 1
                    guard tries < 10 else { throw CommandFailure(.output, text) }
                    try check()
                    Thread.sleep(forTimeInterval: Double(milliseconds) / 1_000)
                }
            } catch let error as MessagingError where error.isRetryable && tries < 20 {
                // A submission is never repeated blindly: it would start a second job.
                if case .submit = request { throw error }
                tries += 1
                try check()
                Thread.sleep(forTimeInterval: 0.5)
            }
        }
    }

    /// Sends what the coordinator lacks, and starts the job.
    func submit(
        _ specification: JobSpecification, _ intake: JobIntake, title: String,
        progress: (String) -> Void
    ) throws -> JobID {
        let blobs = try blobClient()
        defer { blobs.close() }
        let missing = Set(try blobs.missing(intake.sources.map(\.manifest.digest)))
        let wanted = intake.sources.filter { missing.contains($0.manifest.digest) }
        for (index, source) in wanted.enumerated() {
            progress("sending the model: \(index) of \(wanted.count) parts")
            let bytes = try MappedBlob(
                path: source.file.path, offset: source.offset,
                byteCount: source.manifest.byteCount)
            try blobs.send(source.manifest) { bytes.copy(source.manifest.range(ofChunk: $0)) }
        }
        for bytes in intake.contents { try send(bytes, blobs) }
        return try start(specification, title: title, blobs)
    }

    /// Starts the job of a specification whose blobs are all there.
    func start(
        _ specification: JobSpecification, title: String, _ blobs: BlobClient
    ) throws -> JobID {
        let root = try send(try specification.encoded(), blobs)
        let submitted: SubmittedJob = try ask(
            .submit(JobSubmission(title: title, specification: root)))
        return submitted.job
    }

    @discardableResult
    private func send(_ bytes: [UInt8], _ blobs: BlobClient) throws -> BlobReference {
        var hasher = BlobHasher()
        hasher.update(bytes)
        let manifest = hasher.finish()
        try blobs.send(manifest) { Array(bytes[manifest.range(ofChunk: $0)]) }
        return BlobReference(digest: manifest.digest, byteCount: bytes.count)
    }

    /// All tasks of a job with their outputs.
    func tasks(of job: JobID) throws -> [(status: TaskStatus, outputs: [TaskOutput])] {
        var all: [(status: TaskStatus, outputs: [TaskOutput])] = []
        while true {
            let page: TaskPage = try ask(
                .tasks(job, offset: all.count, limit: 500, phase: nil))
            all += zip(page.tasks, page.results).map { ($0, $1) }
            if page.tasks.isEmpty { return all }
        }
    }

    /// Waits until a job is over, and shows how it goes.
    func wait(
        for job: JobID, progress: ProgressLine, interruption: Interruption?,
        check: () throws -> Void = {}
    ) throws -> JobStatus {
        while true {
            let status: JobStatus = try Self.ask(.job(job), requester, check: check)
            if status.phase.isOver { return status }
            progress.show(StatusText.line(status))
            if interruption?.hasCome == true {
                let _: SubmittedJob = try ask(.cancel(job))
                throw CommandFailure(
                    .cancelled,
                    "Cancelled. What is done is kept: the same command goes on from there.")
            }
            try check()
            Thread.sleep(forTimeInterval: 0.25)
        }
    }
}
