import GRDB

/// Deletes jobs that nobody asks for any more.
enum LedgerPruning {
    static func run(_ connection: Database, before moment: Int64, tasks: Int) throws -> Int {
        let old = try Int64.fetchAll(
            connection, sql: "SELECT id FROM job WHERE ended_at < ? ORDER BY id",
            arguments: [moment])
        var room = tasks
        var deleted = 0
        for job in old {
            let gone = try deleteTasks(connection, of: job, atMost: room)
            room -= gone
            deleted += gone
            guard room > 0 else { return deleted }
            // Fewer tasks than there was room for: the job has none left.
            try connection.execute(sql: "DELETE FROM job WHERE id = ?", arguments: [job])
            deleted += 1
        }
        return deleted
    }

    private static func deleteTasks(
        _ connection: Database, of job: Int64, atMost count: Int
    ) throws -> Int {
        let tasks = try Int64.fetchAll(
            connection, sql: "SELECT id FROM task WHERE job = ? LIMIT ?",
            arguments: [job, count])
        for statement in [
            "DELETE FROM attempt WHERE task = ?", "DELETE FROM task_failure WHERE task = ?",
            "DELETE FROM task WHERE id = ?",
        ] {
            let prepared = try connection.cachedStatement(sql: statement)
            for task in tasks { try prepared.execute(arguments: [task]) }
        }
        return tasks.count
    }
}
