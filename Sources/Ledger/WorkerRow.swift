import Domain
import GRDB

/// Reads the table `worker`.
enum WorkerRow {
    static func fetchAll(_ connection: Database) throws -> [WorkerRecord] {
        try Row.fetchAll(connection, sql: "SELECT * FROM worker ORDER BY name").map { row in
            let incarnation: Int64 = try row.value("incarnation")
            return WorkerRecord(
                id: try LedgerCoding.workerID(row.value("name")),
                incarnation: UInt64(bitPattern: incarnation), host: try row.value("host"),
                slots: try row.value("slots"), memoryBytes: try row.value("memory_bytes"),
                lastSeenUnixMs: try row.value("last_seen_at"))
        }
    }
}
