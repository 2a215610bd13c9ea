import Foundation
import GRDB

/// Makes whole copies of a database.
enum LedgerCopy {
    /// Writes a copy under a temporary name, marks it as one, checks it, and gives it its name.
    ///
    /// - Returns: its length in bytes.
    @discardableResult
    static func write(from source: any DatabaseWriter, to path: String) throws -> Int {
        let temporary = path + ".tmp"
        try removeAll(temporary)
        do {
            try source.writeWithoutTransaction { connection in
                try checkRoom(for: connection, besides: path)
                try connection.execute(sql: "VACUUM INTO ?", arguments: [temporary])
            }
            try mark(temporary)
            let bytes = LedgerFile.byteCount(of: temporary)
            try LedgerFile.makeDurable(temporary, as: path)
            return bytes
        } catch {
            try? removeAll(temporary)
            throw error
        }
    }

    /// A full disk should not fill up first because of a copy that cannot become whole.
    private static func checkRoom(for connection: Database, besides path: String) throws {
        let pages = try Int.fetchOne(connection, sql: "PRAGMA page_count") ?? 0
        let bytes = try pages * (Int.fetchOne(connection, sql: "PRAGMA page_size") ?? 0)
        guard let free = LedgerPlace.freeBytes(besides: path), free < bytes else { return }
        throw LedgerError.noSpace(
            path: path, detail: "\(bytes) bytes are needed and \(free) are free")
    }

    private static func mark(_ path: String) throws {
        let copy = try DatabaseQueue(path: path)
        try copy.write { connection in
            try connection.execute(sql: "UPDATE meta SET is_backup = 1")
            try LedgerStart.checkIntegrity(connection, path: path)
        }
        try copy.close()
    }

    private static func removeAll(_ path: String) throws {
        for suffix in ["", "-journal"] { try LedgerFile.removeIfThere(path + suffix) }
    }
}
