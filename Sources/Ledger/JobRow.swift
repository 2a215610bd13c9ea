import Domain
import Foundation
import GRDB

/// Reads the table `job`.
enum JobRow {
    static func rowID(_ connection: Database, _ job: JobID) throws -> Int64? {
        let statement = try connection.cachedStatement(sql: "SELECT id FROM job WHERE name = ?")
        return try Int64.fetchOne(statement, arguments: [job.description])
    }

    static func fetchAll(_ connection: Database) throws -> [JobRecord] {
        try Row.fetchAll(connection, sql: "SELECT * FROM job ORDER BY id").map(record)
    }

    static func fetch(_ connection: Database, id: JobID) throws -> JobRecord? {
        let sql = "SELECT * FROM job WHERE name = ?"
        return try Row.fetchOne(connection, sql: sql, arguments: [id.description]).map(record)
    }

    private static func record(_ row: Row) throws -> JobRecord {
        let specification = BlobReference(
            digest: try LedgerCoding.digest(row["specification"], table: "job"),
            byteCount: row["specification_bytes"])
        return JobRecord(
            id: JobID(try LedgerCoding.name(row["name"], table: "job")),
            submission: JobSubmission(title: row["title"], specification: specification),
            phase: try LedgerCoding.choice(JobPhase.self, row["phase"], table: "job"),
            reason: row["reason"], submittedAtUnixMs: row["submitted_at"],
            endedAtUnixMs: row["ended_at"])
    }
}
