import Domain
import Foundation
import GRDB

/// Reads the tables `result` and `result_input`.
enum ResultRow {
    static func fetch(_ connection: Database, key: Digest) throws -> RecordedResult? {
        let data = LedgerCoding.data(of: key)
        let statement = try connection.cachedStatement(
            sql: """
                SELECT label.text AS kind, result.outputs, result.facts FROM result
                JOIN label ON label.id = result.kind WHERE result.key = ? AND result.is_valid = 1
                """)
        guard let row = try Row.fetchOne(statement, arguments: [data]) else { return nil }
        let facts: Data = try row.value("facts")
        let outputs = try LedgerCoding.value(
            [TaskOutput].self, from: row.value("outputs"), table: "result")
        return RecordedResult(
            kind: try row.value("kind"), result: TaskResult(outputs: outputs, facts: Array(facts)),
            measurements: try fetchMeasurements(connection, key: data))
    }

    /// Of the latest attempt that was done for a task with this key.
    private static func fetchMeasurements(
        _ connection: Database, key: Data
    ) throws -> TaskMeasurements? {
        let statement = try connection.cachedStatement(
            sql: """
                SELECT attempt.seconds, attempt.peak_bytes, core.text AS core_text
                FROM task JOIN attempt ON attempt.task = task.id
                JOIN label AS core ON core.id = attempt.core
                WHERE task.key = ? AND attempt.outcome = 'done'
                ORDER BY attempt.granted_at DESC, attempt.task DESC, attempt.number DESC LIMIT 1
                """)
        return try Row.fetchOne(statement, arguments: [key]).flatMap(LedgerCoding.measurements)
    }

    static func fetchInputs(_ connection: Database, key: Digest) throws -> [BlobReference] {
        let sql = "SELECT digest, byte_count FROM result_input WHERE key = ? ORDER BY position"
        return try Row.fetchAll(connection, sql: sql, arguments: [LedgerCoding.data(of: key)])
            .map { row in
                BlobReference(
                    digest: try LedgerCoding.digest(row.value("digest"), table: "result_input"),
                    byteCount: try row.value("byte_count"))
            }
    }
}
