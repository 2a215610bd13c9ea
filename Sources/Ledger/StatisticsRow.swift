import GRDB

/// Measures the database.
enum StatisticsRow {
    static func fetch(_ connection: Database, logBytes: Int) throws -> LedgerStatistics {
        func number(_ sql: String) throws -> Int { try Int.fetchOne(connection, sql: sql) ?? 0 }
        return LedgerStatistics(
            databaseBytes: try number("PRAGMA page_count") * number("PRAGMA page_size"),
            logBytes: logBytes, freePages: try number("PRAGMA freelist_count"),
            jobs: try number("SELECT count(*) FROM job"),
            tasks: try number("SELECT count(*) FROM task"),
            attempts: try number("SELECT count(*) FROM attempt"),
            results: try number("SELECT count(*) FROM result WHERE is_valid = 1"))
    }
}
