import Domain
import GRDB

/// Turns the database's errors into the ledger's.
enum LedgerFailure {
    /// Runs `body`; its errors become a ``LedgerError``.
    static func translated<Value>(
        at path: String, _ body: () throws -> Value
    ) throws(LedgerError) -> Value {
        do {
            return try body()
        } catch {
            throw translation(of: error, path: path)
        }
    }

    /// Runs one statement; a violated uniqueness becomes `taken`.
    static func refusing(
        _ taken: @autoclosure () -> LedgerError, _ body: () throws -> Void
    ) throws {
        do {
            try body()
        } catch let error as DatabaseError where isUniqueness(error) {
            throw taken()
        }
    }

    private static func isUniqueness(_ error: DatabaseError) -> Bool {
        error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
            || error.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY
    }

    private static func translation(of error: any Error, path: String) -> LedgerError {
        if let own = error as? LedgerError { return own }
        guard let database = error as? DatabaseError else {
            return .failed(path: path, detail: String(describing: error))
        }
        let detail = database.message ?? "SQLite error \(database.resultCode.rawValue)"
        switch database.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR: return .noSpace(path: path, detail: detail)
        case .SQLITE_CORRUPT: return .damaged(path: path, detail: detail)
        case .SQLITE_NOTADB: return .notALedger(path: path)
        default: return .failed(path: path, detail: detail)
        }
    }
}
