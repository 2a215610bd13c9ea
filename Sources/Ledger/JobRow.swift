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
            digest: try LedgerCoding.digest(row.value("specification"), table: "job"),
            byteCount: try row.value("specification_bytes"))
        return JobRecord(
            id: JobID(try LedgerCoding.name(row.value("name"), table: "job")),
            submission: JobSubmission(title: try row.value("title"), specification: specification),
            phase: try LedgerCoding.choice(JobPhase.self, row.value("phase"), table: "job"),
            reason: try row.value("reason"), submittedAtUnixMs: try row.value("submitted_at"),
            endedAtUnixMs: try row.value("ended_at"))
    }
}
