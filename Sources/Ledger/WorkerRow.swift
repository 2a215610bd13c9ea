import Domain
import GRDB

/// Reads the table `worker`.
enum WorkerRow {
    static func fetchAll(_ connection: Database) throws -> [WorkerRecord] {
        try Row.fetchAll(connection, sql: "SELECT * FROM worker ORDER BY name").map { row in
            let incarnation: Int64 = row["incarnation"]
            return WorkerRecord(
                id: try LedgerCoding.workerID(row["name"]),
                incarnation: UInt64(bitPattern: incarnation), host: row["host"],
                slots: row["slots"], memoryBytes: row["memory_bytes"],
                lastSeenUnixMs: row["last_seen_at"])
        }
    }
}
