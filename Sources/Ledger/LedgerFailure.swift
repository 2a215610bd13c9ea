import Domain
import Foundation
import GRDB
import Glibc

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

    static func translation(of error: any Error, path: String) -> LedgerError {
        if let own = error as? LedgerError { return own }
        // The tables are strict, so a value of another type is damage that no checksum showed.
        if let row = error as? RowDecodingError {
            return .damaged(path: path, detail: "\(row)")
        }
        guard let database = error as? DatabaseError else {
            let detail = String(describing: error)
            return isNoSpace(error)
                ? .noSpace(path: path, detail: detail) : .failed(path: path, detail: detail)
        }
        let detail = database.message ?? "SQLite error \(database.resultCode.rawValue)"
        switch database.extendedResultCode {
        // The second one: the index of the log, in a file beside it, found no room to grow.
        case .SQLITE_FULL, .SQLITE_IOERR_SHMSIZE: return .noSpace(path: path, detail: detail)
        default: break
        }
        switch database.resultCode {
        case .SQLITE_FULL: return .noSpace(path: path, detail: detail)
        case .SQLITE_IOERR: return .storageFailed(path: path, detail: detail)
        case .SQLITE_CORRUPT: return .damaged(path: path, detail: detail)
        case .SQLITE_NOTADB: return .notALedger(path: path)
        default: return .failed(path: path, detail: detail)
        }
    }

    /// Whether Foundation says that the disk is full.
    private static func isNoSpace(_ error: any Error) -> Bool {
        let cocoa = error as NSError
        let inner = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError
        if cocoa.domain == NSCocoaErrorDomain,
            cocoa.code == CocoaError.fileWriteOutOfSpace.rawValue
        {
            return true
        }
        return [cocoa, inner].contains {
            $0?.domain == NSPOSIXErrorDomain && $0?.code == Int(ENOSPC)
        }
    }
}
