import Blobs
import Domain
import Foundation
import Planning
import Reporting
import Transfer

/// Writes a finished job's checkpoint: into a folder beside the goal, synced, then renamed.
struct CheckpointOutput {
    let folder: URL
    /// The coordinator's own store, where this process can read it: no bytes go over a socket then.
    var store: BlobStore?
    /// The speed of this machine, when it is the one that worked.
    var sgemmFlopsPerSecond: Double?
    let interruption = Interruption()

    /// Fetches everything; nothing is visible under the folder's name before all is there.
    func write(
        _ status: JobStatus, from client: ClusterClient, progress: ProgressLine
    ) throws -> CompressionReport {
        try StagedFolder.check(folder)
        let blobs = try client.blobClient()
        defer { blobs.close() }
        let specification = try readSpecification(status, blobs)
        let tasks = try client.tasks(of: status.job)
        let workers: [WorkerStatus] = try client.ask(.workers)
        guard case .compress = specification.purpose else {
            throw CommandFailure(.usage, "\(status.job) is no compression; nothing to fetch.")
        }
        let report = try CompressionReport(
            status: status, tasks: tasks, model: specification.model.title,
            recipe: specification.recipeText, specification: status.submission.specification.digest,
            software: Software.version,
            cores: Array(Set(workers.map(\.profile.core))).sorted(),
            stated: try stated(specification, tasks), sgemmFlopsPerSecond: sgemmFlopsPerSecond)
        let plan = try FormatFiles(specification, software: "spokeshave:\(Software.version)")
        var written: [TaskName: BlobReference] = [:]
        for (task, outputs) in tasks where task.kind == TaskNames.assembleShard {
            written[task.name] = outputs.first?.blob
        }
        var files: [OutputFile] = []
        for format in plan.formats {
            // Several formats lie side by side, each in a folder of its name.
            let place = plan.formats.count > 1 ? format.rawValue + "/" : ""
            let own = try plan.files(in: format)
            for file in specification.model.carriedFiles
            where !own.contains(where: { $0.name == file.name }) {
                files.append(OutputFile(place, file.name, .blob(file.blob)))
            }
            for file in own { files.append(OutputFile(place, file.name, .bytes(file.bytes))) }
            for (name, task) in plan.weightFiles(in: format) {
                guard let blob = written[task] else {
                    throw CommandFailure(.jobFailed, "\(task) of \(status.job) has no result.")
                }
                files.append(OutputFile(place, name, .blob(blob)))
            }
        }
        try write(files, report, blobs, progress)
        return report
    }

    /// What the job's tasks stated, by group.
    private func stated(
        _ specification: JobSpecification, _ tasks: [(status: TaskStatus, outputs: [TaskOutput])]
    ) throws -> [String: CompressionReport.StatedCost] {
        let facts = tasks.first { $0.status.kind == TaskNames.prepareTokens }?.status.facts
        let tokens = try facts.map {
            try CanonicalJSON.decode(TokenFacts.self, from: Array($0.utf8))
        }
        return try PlanEstimate.groups(of: specification, tokens: tokens).mapValues {
            CompressionReport.StatedCost(
                tasks: $0.tasks, flops: $0.flops, memoryBytesMax: $0.memoryBytesMax)
        }
    }

    /// A file to write.
    private struct OutputFile {
        enum Contents {
            case blob(BlobReference)
            case bytes([UInt8])
        }

        /// The folder below the output's, with a slash, or nothing.
        let place: String
        let name: String
        let contents: Contents

        init(_ place: String, _ name: String, _ contents: Contents) {
            (self.place, self.name, self.contents) = (place, name, contents)
        }
    }

    private func readSpecification(
        _ status: JobStatus, _ blobs: BlobClient
    ) throws -> JobSpecification {
        var bytes: [UInt8] = []
        try blobs.stream(status.submission.specification.digest) { bytes += $0 }
        return try JobSpecification(decoding: bytes)
    }

    private func write(
        _ files: [OutputFile], _ report: CompressionReport,
        _ blobs: BlobClient, _ progress: ProgressLine
    ) throws {
        try StagedFolder.write(folder) { staged in
            for file in files {
                progress.show("writing \(file.place)\(file.name)")
                try staged.file(file.name, in: file.place) { append in
                    try write(file.contents, blobs) { bytes in
                        if interruption.hasCome {
                            throw CommandFailure(.cancelled, "Cancelled; nothing was written.")
                        }
                        try append(bytes)
                    }
                }
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let text = Array(try encoder.encode(report))
            try staged.file("spokeshave-report.json") { try $0(text) }
        }
    }

    private func write(
        _ contents: OutputFile.Contents, _ blobs: BlobClient,
        _ take: ([UInt8]) throws -> Void
    ) throws {
        switch contents {
        case .bytes(let bytes): try take(bytes)
        case .blob(let blob) where blob.byteCount > 0:
            if let own = try? store?.openVerified(blob.digest) {
                for start in stride(from: 0, to: own.byteCount, by: Limits.chunkBytes) {
                    try take(own.copy(start..<min(start + Limits.chunkBytes, own.byteCount)))
                }
            } else {
                try blobs.stream(blob.digest) { try take($0) }
            }
        case .blob: break
        }
    }
}
