import Domain
import Foundation
import GRDB

extension LedgerBatch {
    private static let endOfAttempt: String = {
        let provisional = AttemptOutcome.provisional.map { "'\($0.rawValue)'" }
        return """
            UPDATE attempt SET ended_at = ?, outcome = ?, failure = ?, seconds = ?,
                peak_bytes = ?, core = ?
            WHERE task = ? AND number = ? AND worker = ?
                AND (outcome IS NULL OR outcome IN (\(provisional.joined(separator: ", "))))
            """
    }()

    mutating func grant(_ lease: LeaseToken, at time: Int64) throws {
        let row = try id(of: lease.task)
        let worker = try label(lease.worker.description)
        try run(
            """
            UPDATE task SET attempts = ?1 WHERE id = ?2 AND attempts < ?1
                AND ?1 > (SELECT attempt_floor FROM meta)
            """, [lease.attempt, row])
        guard connection.changesCount == 1 else { throw LedgerError.attemptExists(lease) }
        try LedgerFailure.refusing(.attemptExists(lease)) {
            try run(
                "INSERT INTO attempt (task, number, worker, granted_at) VALUES (?, ?, ?, ?)",
                [row, lease.attempt, worker, time])
        }
    }

    mutating func end(
        _ lease: LeaseToken, outcome: AttemptOutcome, failure: TaskFailure?,
        measurements: TaskMeasurements?, at time: Int64
    ) throws {
        let row = try id(of: lease.task)
        let worker = try label(lease.worker.description)
        let core = try measurements.map { try label($0.core) }
        try run(
            Self.endOfAttempt,
            [
                time, outcome.rawValue, try failure.map { try LedgerCoding.json($0) },
                measurements?.seconds, measurements?.peakBytes, core, row, lease.attempt,
                worker,
            ])
        guard connection.changesCount == 0 else { return }
        try explain(lease, task: row)
    }

    /// Says why an attempt cannot be ended.
    private func explain(_ lease: LeaseToken, task: Int64) throws -> Never {
        let statement = try connection.cachedStatement(
            sql: """
                SELECT label.text AS worker FROM attempt
                JOIN label ON label.id = attempt.worker
                WHERE attempt.task = ? AND attempt.number = ?
                """)
        let found = try Row.fetchOne(statement, arguments: [task, lease.attempt])
        let worker: String? = try found?.value("worker")
        guard worker == lease.worker.description else {
            throw LedgerError.unknownAttempt(lease)
        }
        throw LedgerError.attemptEnded(lease)
    }

    mutating func record(_ result: TaskResult, key: Digest, kind: String) throws {
        try run(
            """
            INSERT INTO result (key, kind, is_valid, outputs, facts) VALUES (?, ?, 1, ?, ?)
            ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, is_valid = 1,
                outputs = excluded.outputs, facts = excluded.facts
            """,
            [
                LedgerCoding.data(of: key), try label(kind),
                try LedgerCoding.json(of: result.outputs), Data(result.facts),
            ])
    }

    mutating func record(inputs: [BlobReference], key: Digest) throws {
        try run("DELETE FROM result_input WHERE key = ?", [LedgerCoding.data(of: key)])
        for (position, blob) in inputs.enumerated() {
            try run(
                "INSERT INTO result_input (key, position, digest, byte_count) VALUES (?, ?, ?, ?)",
                [
                    LedgerCoding.data(of: key), position, LedgerCoding.data(of: blob.digest),
                    blob.byteCount,
                ])
        }
    }

    mutating func record(_ worker: WorkerRecord) throws {
        try run(
            """
            INSERT OR REPLACE INTO worker
                (name, incarnation, host, slots, memory_bytes, last_seen_at)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                worker.id.description, Int64(bitPattern: worker.incarnation), worker.host,
                worker.slots, worker.memoryBytes, worker.lastSeenUnixMs,
            ])
    }

    func record(document name: String, _ bytes: [UInt8]?) throws {
        try LedgerDocument.check(name: name, byteCount: bytes?.count ?? 0)
        guard let bytes else {
            try run("DELETE FROM document WHERE name = ?", [name])
            return
        }
        try run(
            """
            INSERT INTO document (name, bytes) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes
            """, [name, Data(bytes)])
    }
}
