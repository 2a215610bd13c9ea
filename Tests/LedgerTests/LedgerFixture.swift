import Domain
import Foundation
import GRDB
import Ledger

/// A ledger to test with, in memory or in a folder of its own.
enum LedgerFixture: String, CaseIterable, Sendable {
    case memory, file

    /// Runs `body` with an empty ledger of this sort.
    func withLedger(_ body: (Ledger) throws -> Void) throws {
        switch self {
        case .memory: try body(Ledger(inMemory: ()))
        case .file: try Self.withFile { try body(Ledger(file: $0)) }
        }
    }

    /// Runs `body` with the name of a file in a folder that is removed afterwards.
    static func withFile(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.appendingPathComponent("ledger.db"))
    }

    /// The tables and indexes of a database, by name.
    static func schema(_ connection: Database) throws -> String {
        try String.fetchAll(
            connection, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
        ).joined(separator: "\n") + "\n"
    }

    static func snapshotFile(_ name: String) -> URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/\(name)")
    }

    static func snapshot(_ name: String) throws -> String {
        try String(contentsOf: snapshotFile(name), encoding: .utf8)
    }
}

/// Values that the tests share.
enum Sample {
    static let job = JobID("j-1")
    static let submission = JobSubmission(
        title: "tiny", specification: BlobReference(digest: digest(1), byteCount: 77))
    static let tasks = [
        TaskSummary(name: TaskName("b"), kind: "calibrate", stage: "calibrate"),
        TaskSummary(name: TaskName("a"), kind: "solve", stage: "solve"),
        TaskSummary(name: TaskName("c"), kind: "solve", stage: "solve"),
    ]
    static let result = TaskResult(
        outputs: [TaskOutput(name: "w", blob: BlobReference(digest: digest(9), byteCount: 5))],
        facts: Array(#"{"error":0.5}"#.utf8))
    static let measurements = TaskMeasurements(seconds: 1.25, peakBytes: 4096, core: "SkylakeX")
    static let failure = TaskFailure(.lostInput, "The input is gone.", missing: [digest(4)])
    static let beginning: [LedgerChange] = [
        .jobAdded(job, submission, submittedAtUnixMs: 10), .tasksAdded(job, tasks),
    ]

    static func digest(_ number: Int) -> Digest { Digest(sha256Of: Array("\(number)".utf8)) }
    static func task(_ name: String) -> TaskID { TaskID(job: job, name: TaskName(name)) }
    static func lease(_ name: String, _ attempt: Int, _ worker: String = "w") -> LeaseToken {
        LeaseToken(task: task(name), attempt: attempt, worker: WorkerID(worker))
    }
}
