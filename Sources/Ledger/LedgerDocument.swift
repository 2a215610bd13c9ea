import Domain
import Foundation
import GRDB

/// The small named documents that a ledger keeps beside its tables, such as registers of tokens.
public enum LedgerDocument {
    /// Bytes of one document.
    public static let bytesMax = Limits.documentBytesMax
    /// Bytes of a document's name: 128.
    public static let nameBytesMax = 128

    static func check(name: String, byteCount: Int) throws(LedgerError) {
        guard (1...nameBytesMax).contains(name.utf8.count), byteCount <= bytesMax else {
            throw .badDocument(name: name, byteCount: byteCount)
        }
    }

    static func fetch(_ connection: Database, name: String) throws -> [UInt8]? {
        let statement = try connection.cachedStatement(
            sql: "SELECT bytes FROM document WHERE name = ?")
        return try Data.fetchOne(statement, arguments: [name]).map { Array($0) }
    }
}
