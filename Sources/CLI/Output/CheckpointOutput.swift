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
    let interruption = Interruption()

    /// Refuses a folder that holds something.
    static func check(_ folder: URL) throws {
        let manager = FileManager.default
        guard manager.fileExists(atPath: folder.path) else { return }
        // A file instead of a folder cannot be listed, and counts as something.
        let contents = (try? manager.contentsOfDirectory(atPath: folder.path)) ?? ["?"]
        guard contents.isEmpty else {
            throw CommandFailure(
                .output,
                "\(folder.path) exists and is not empty: choose another --out, or remove it.")
        }
    }

    /// Fetches everything; nothing is visible under the folder's name before all is there.
    func write(
        _ status: JobStatus, from client: ClusterClient, progress: ProgressLine
    ) throws -> CompressionReport {
        try Self.check(folder)
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
            cores: Array(Set(workers.map(\.profile.core))).sorted())
        var files = specification.model.carriedFiles.map { ($0.name, $0.blob) }
        for (task, outputs) in tasks where task.kind == TaskNames.assembleShard {
            guard let output = outputs.first else {
                throw CommandFailure(.jobFailed, "\(task.name) of \(status.job) has no result.")
            }
            let name = String(task.name.description.dropFirst("assemble/".count))
            files.append((name, output.blob))
        }
        try write(files, report, blobs, progress)
        return report
    }

    private func readSpecification(
        _ status: JobStatus, _ blobs: BlobClient
    ) throws -> JobSpecification {
        var bytes: [UInt8] = []
        try blobs.stream(status.submission.specification.digest) { bytes += $0 }
        return try JobSpecification(decoding: bytes)
    }

    private func write(
        _ files: [(name: String, blob: BlobReference)], _ report: CompressionReport,
        _ blobs: BlobClient, _ progress: ProgressLine
    ) throws {
        let manager = FileManager.default
        let parent = folder.standardizedFileURL.deletingLastPathComponent()
        let staging = parent.appendingPathComponent(
            ".\(folder.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp")
        do {
            removeStagingOfDeadProcesses(in: parent)
            try manager.createDirectory(at: staging, withIntermediateDirectories: true)
            for (name, blob) in files {
                guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
                    throw CommandFailure(.badInput, "“\(name)” is no name of a model's file.")
                }
                progress.show("writing \(name)")
                try write(blob, to: staging.appendingPathComponent(name), blobs)
            }
            try writeReport(report, in: staging)
            // Only an empty folder may be replaced: somebody may have put something there.
            try Self.check(folder)
            try? manager.removeItem(at: folder)
            try manager.moveItem(at: staging, to: folder)
        } catch {
            try? manager.removeItem(at: staging)
            throw Self.explained(error, folder)
        }
    }

    /// A process that was killed while writing left its folder behind.
    private func removeStagingOfDeadProcesses(in parent: URL) {
        let manager = FileManager.default
        let prefix = ".\(folder.lastPathComponent)."
        let names = (try? manager.contentsOfDirectory(atPath: parent.path)) ?? []
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            guard let process = Int32(name.dropFirst(prefix.count).dropLast(4)),
                !manager.fileExists(atPath: "/proc/\(process)")
            else { continue }
            try? manager.removeItem(at: parent.appendingPathComponent(name))
        }
    }

    private static func explained(_ error: any Error, _ folder: URL) -> any Error {
        let code = (error as NSError).code
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        let isFull =
            code == CocoaError.fileWriteOutOfSpace.rawValue || code == Int(ENOSPC)
            || underlying?.code == Int(ENOSPC)
        guard isFull else { return error }
        return CommandFailure(
            .output,
            "There is no room to write \(folder.path); nothing was left behind. Make room and "
                + "run the same command again: everything else is kept.")
    }

    private func write(_ blob: BlobReference, to file: URL, _ blobs: BlobClient) throws {
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw CommandFailure(.output, "\(file.path) cannot be written.")
        }
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        func take(_ bytes: [UInt8]) throws {
            if interruption.hasCome {
                throw CommandFailure(.cancelled, "Cancelled; nothing was written.")
            }
            try handle.write(contentsOf: bytes)
        }
        if blob.byteCount > 0 {
            if let own = try? store?.openVerified(blob.digest) {
                for start in stride(from: 0, to: own.byteCount, by: Limits.chunkBytes) {
                    try take(own.copy(start..<min(start + Limits.chunkBytes, own.byteCount)))
                }
            } else {
                try blobs.stream(blob.digest) { try take($0) }
            }
        }
        try handle.synchronize()
    }

    private func writeReport(_ report: CompressionReport, in staging: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let file = staging.appendingPathComponent("spokeshave-report.json")
        try encoder.encode(report).write(to: file)
        let handle = try FileHandle(forUpdating: file)
        try handle.synchronize()
        try handle.close()
    }
}
