public import Foundation
import GRDB

/// Looks at a ledger without changing it, closed or beside a running coordinator.
public enum LedgerDoctor {
    /// Below this much room the next busy hour may fill the disk: 1 GiB.
    public static let freeBytesWanted = 1 << 30

    /// Everything that can be said of the ledger in `file`, in the order of looking; never
    /// throws, because what cannot be looked at is a finding.
    ///
    /// - Parameter thorough: whether all pages and rows are read (seconds per GB); true by
    ///   default.
    public static func examine(_ file: URL, thorough: Bool = true) -> [LedgerFinding] {
        let path = file.path
        guard LedgerFile.exists(path) else {
            return [
                LedgerFinding(
                    .problem, "file",
                    "There is no ledger \(path); name the data folder of a "
                        + "coordinator that has run.")
            ]
        }
        var findings = place(path) + files(path)
        do {
            let database = try LedgerConnection.openBeside(path: path)
            findings += try database.read { connection in
                try LedgerStart.checkKind(connection, path: path)
                let pages = thorough ? try damage(connection) : []
                let first = try version(connection) + settings(connection) + pages
                // What lies in damaged pages says nothing.
                if pages.contains(where: { $0.severity == .problem }) { return first }
                return try first
                    + LedgerExamination(connection: connection).run(thorough: thorough)
            }
        } catch {
            let known = LedgerFailure.translation(of: error, path: path)
            findings.append(LedgerFinding(.problem, "contents", known.description))
        }
        return findings
    }

    private static func place(_ path: String) -> [LedgerFinding] {
        var findings: [LedgerFinding] = []
        if let type = LedgerPlace.type(ofPath: path) {
            if LedgerPlace.isNetwork(type) {
                let text = "It lies on a network file system (\(type)); move it to a local disk."
                findings.append(LedgerFinding(.problem, "place", text))
            } else if LedgerPlace.isForgetful(type) {
                let text = "It lies in memory (\(type)) and is lost with the power."
                findings.append(LedgerFinding(.warning, "place", text))
            } else {
                findings.append(LedgerFinding(.note, "place", "It lies on \(type)."))
            }
        }
        if let free = LedgerPlace.freeBytes(besides: path) {
            let text = "The disk has \(free >> 20) MiB free"
            findings.append(
                free < freeBytesWanted
                    ? LedgerFinding(.warning, "room", text + "; make room.")
                    : LedgerFinding(.note, "room", text + "."))
        }
        return findings
    }

    private static func files(_ path: String) -> [LedgerFinding] {
        let log = LedgerFile.byteCount(of: path + "-wal")
        var findings: [LedgerFinding] = []
        let holder = LockTable.ofThisSystem().holder(ofFile: path + ".lock")
        let text =
            holder.map { "A coordinator is running (process \($0))." }
            ?? "No coordinator is running."
        findings.append(LedgerFinding(.note, "coordinator", text))
        if log > LedgerUpkeep.logBytesAlarm {
            let text =
                "The log has \(log >> 20) MiB because somebody keeps reading the ledger; "
                + "end forgotten sqlite3 shells and watchers."
            findings.append(LedgerFinding(.warning, "log", text))
        } else if holder == nil, log > 0 {
            let text =
                "The last coordinator did not close the ledger; its log of \(log) "
                + "bytes is taken up at the next start."
            findings.append(LedgerFinding(.note, "log", text))
        } else {
            findings.append(LedgerFinding(.note, "log", "The log has \(log) bytes."))
        }
        if LedgerFile.exists(path + "-journal") {
            let text = "A rollback journal lies beside the ledger; do not delete it."
            findings.append(LedgerFinding(.warning, "log", text))
        }
        return findings
    }

    private static func version(_ connection: Database) throws -> [LedgerFinding] {
        let migrator = LedgerSchema.migrator
        let applied = try migrator.appliedMigrations(connection)
        guard try migrator.hasCompletedMigrations(connection) else {
            let text =
                "Its schema is older (\(applied.count) of \(migrator.migrations.count) "
                + "steps); the next start brings it up to date."
            return [LedgerFinding(.note, "schema", text)]
        }
        return [LedgerFinding(.note, "schema", "Its schema is up to date: \(applied.count).")]
    }

    private static func settings(_ connection: Database) throws -> [LedgerFinding] {
        let mode = try String.fetchOne(connection, sql: "PRAGMA journal_mode") ?? "unknown"
        if mode == "wal" {
            let text = "It is in WAL mode; each coordinator asserts synchronous = FULL."
            return [LedgerFinding(.note, "journal", text)]
        }
        let columns = try connection.columns(in: "meta").map(\.name)
        if columns.contains("is_backup"),
            try Bool.fetchOne(connection, sql: "SELECT is_backup FROM meta") == true
        {
            let text = "It is a backup; attempts are numbered anew when it is put back."
            return [LedgerFinding(.note, "journal", text)]
        }
        let text = "Its journal mode is \(mode), not WAL; something else has changed it."
        return [LedgerFinding(.warning, "journal", text)]
    }

    private static func damage(_ connection: Database) throws -> [LedgerFinding] {
        let answers = try String.fetchAll(connection, sql: "PRAGMA integrity_check(20)")
        guard answers == ["ok"] else {
            return answers.map {
                LedgerFinding(.problem, "integrity", "SQLite found: \($0); restore a backup.")
            }
        }
        return [LedgerFinding(.note, "integrity", "SQLite's check of all pages is ok.")]
    }
}
