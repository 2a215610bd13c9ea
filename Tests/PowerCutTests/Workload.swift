import Blobs
import Domain
import Foundation
import GRDB
import Glibc

@testable import Ledger

/// Does what a plan says, to a real ledger and a real blob store, and marks what was promised.
final class Workload {
    private let order: WorkloadOrder
    private let plan: WorkloadPlan
    private let folder: URL
    private let marks: FileHandle
    private var ledger: Ledger
    private var store: BlobStore

    init(_ order: WorkloadOrder) throws {
        self.order = order
        plan = order.plan
        folder = URL(fileURLWithPath: order.folder)
        let path = order.folder + RecordedOperation.marksName
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        marks = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        ledger = try Self.open(folder, order)
        store = try BlobStore(root: folder.appendingPathComponent("store"))
        mark("epoch \(ledger.epoch)")
    }

    /// Goes on after the last step that the ledger knows of.
    func run() throws {
        let done = try ledger.document(named: "step").map { String(decoding: $0, as: UTF8.self) }
        let first = (done.flatMap { Int($0) } ?? 0) + 1
        // Nobody handles this signal, so it ends the process like SIGKILL, between two
        // instructions.
        if let killedAfter = order.killedAfter { _ = ualarm(killedAfter, 0) }
        for (number, step) in zip(1..., plan.steps) where number >= first {
            if number == order.killedBefore { kill(getpid(), SIGKILL) }
            mark("begun \(number)")
            try perform(step, number)
            mark("done \(number)")
        }
        try ledger.close()
        mark("end")
    }

    private static func open(_ folder: URL, _ order: WorkloadOrder) throws -> Ledger {
        let ledger = try Ledger(file: folder.appendingPathComponent("ledger.db"))
        if order.isRelaxed {
            try ledger.database.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA synchronous = NORMAL")
            }
        }
        return ledger
    }

    private func mark(_ text: String) {
        try? marks.write(contentsOf: Data((text + "\n").utf8))
    }

    private func perform(_ step: WorkloadPlan.Step, _ number: Int) throws {
        switch step {
        case .loose(let blob): _ = try store.store(plan.bytes(ofBlob: blob), synced: false)
        case .removeLoose(let blob):
            try store.remove(BlobManifest(of: plan.bytes(ofBlob: blob)).digest)
        case .checkpoint(let truncating): try ledger.checkpoint(truncating ? .truncate : .passive)
        case .reopen:
            try ledger.close()
            ledger = try Self.open(folder, order)
            store = try BlobStore(root: folder.appendingPathComponent("store"))
            mark("epoch \(ledger.epoch)")
        case .backup(let count):
            let file = folder.appendingPathComponent("backup-\(count).db")
            if !FileManager.default.fileExists(atPath: file.path) { try ledger.backup(to: file) }
        case .receiveHalf(let blob):
            let bytes = plan.bytes(ofBlob: blob)
            let receipt = try store.receive(BlobManifest(of: bytes), synced: true)
            try receipt.write(chunk: 1, Array(bytes[Limits.chunkBytes...]))
        default: try change(step, number)
        }
    }

    private func change(_ step: WorkloadPlan.Step, _ number: Int) throws {
        var changes = [LedgerChange.document(name: "step", Array("\(number)".utf8))]
        switch step {
        case .submit(let job, let tasks, let specification):
            let blob = try store.store(plan.bytes(ofBlob: specification), synced: true)
            let names = (0..<tasks).map {
                TaskSummary(name: WorkloadPlan.task($0), kind: "kind", stage: "stage")
            }
            changes += [
                .jobAdded(
                    WorkloadPlan.job(job), JobSubmission(title: "job", specification: blob),
                    submittedAtUnixMs: Int64(number)),
                .tasksAdded(WorkloadPlan.job(job), names),
            ]
        case .grant(let attempts):
            changes += attempts.map { .attemptGranted($0.lease, unixMs: Int64(number)) }
        case .finish(let attempt, let blobs):
            let stored = try blobs.map { try store.store(plan.bytes(ofBlob: $0), synced: true) }
            changes += finishing(attempt, stored, number)
        case .receiveRest(let attempt, let blob):
            let bytes = plan.bytes(ofBlob: blob)
            let receipt = try store.receive(BlobManifest(of: bytes), synced: true)
            for chunk in receipt.missingChunks {
                let range = receipt.manifest.range(ofChunk: chunk)
                try receipt.write(chunk: chunk, Array(bytes[range]))
            }
            changes += finishing(attempt, [try receipt.commit()], number)
        case .fail(let attempt):
            changes.append(
                .attemptEnded(
                    attempt.lease, outcome: .failed, failure: TaskFailure(.crashed, "planned"),
                    measurements: nil, unixMs: Int64(number)))
        case .document(let byteCount):
            let bytes = plan.document(ofStep: number, byteCount: byteCount)
            changes.append(.document(name: "large", bytes))
        default: break
        }
        mark("stored \(number)")
        try apply(changes)
    }

    private func apply(_ changes: [LedgerChange]) throws {
        do {
            try ledger.apply(changes)
        } catch let first as LedgerError {
            // Asked again, the ledger says the same, and never that all is well.
            for error in [first, refusal(changes), refusal(changes)] {
                mark("refused \(error.isFinal ? "final" : error.isForNow ? "for-now" : "else")")
            }
            throw first
        }
    }

    private func refusal(_ changes: [LedgerChange]) -> LedgerError {
        do {
            try ledger.apply(changes)
            return .failed(path: ledger.path, detail: "nothing")
        } catch { return error }
    }

    private func finishing(
        _ attempt: WorkloadPlan.Attempt, _ blobs: [BlobReference], _ number: Int
    ) -> [LedgerChange] {
        let outputs = zip(0..., blobs).map { TaskOutput(name: "output-\($0)", blob: $1) }
        let key = WorkloadPlan.key(attempt)
        return [
            .attemptEnded(
                attempt.lease, outcome: .done, failure: nil, measurements: nil,
                unixMs: Int64(number)),
            .resultFound(
                key: key, kind: "kind", TaskResult(outputs: outputs, facts: Array("{}".utf8))),
            .taskDone(attempt.lease.task, key: key, origin: .computed, unixMs: Int64(number)),
        ]
    }
}

extension BlobManifest {
    /// The manifest of bytes in memory.
    init(of bytes: [UInt8]) {
        var hasher = BlobHasher()
        hasher.update(bytes)
        self = hasher.finish()
    }
}
