import GRDB

extension Row {
    /// The value of a column.
    ///
    /// GRDB's own subscripts end the process when the value is of another type, which a damaged
    /// file may hold.
    func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(
        _ column: String
    ) throws -> Value {
        try decode(forColumn: column)
    }
}
