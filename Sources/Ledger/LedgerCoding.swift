import Domain
import Foundation
import GRDB

/// How values of the domain lie in columns.
enum LedgerCoding {
    static func data(of digest: Digest) -> Data { Data(digest.bytes) }

    static func digest(_ data: Data, table: String) throws -> Digest {
        guard let digest = Digest(bytes: data) else {
            throw LedgerError.unreadableRow(table: table, detail: "\(data.count) digest bytes")
        }
        return digest
    }

    static func json(_ value: some Encodable) throws -> Data {
        Data(try CanonicalJSON.encode(value))
    }

    private static let emptyList = Data("[]".utf8)

    /// The outputs of a task, of which many have none.
    static func json(of outputs: [TaskOutput]) throws -> Data {
        outputs.isEmpty ? emptyList : try json(outputs)
    }

    static func value<Value: Decodable>(
        _ type: Value.Type, from json: Data, table: String
    ) throws -> Value {
        do {
            return try CanonicalJSON.decode(type, from: json)
        } catch {
            throw LedgerError.unreadableRow(table: table, detail: "bad JSON of \(type)")
        }
    }

    static func choice<Value: RawRepresentable<String>>(
        _ type: Value.Type, _ text: String, table: String
    ) throws -> Value {
        guard let value = Value(rawValue: text) else {
            throw LedgerError.unreadableRow(table: table, detail: "\(type) is \(text)")
        }
        return value
    }

    static func number(of origin: TaskOrigin) -> Int { origin == .computed ? 0 : 1 }

    static func origin(_ number: Int) -> TaskOrigin { number == 0 ? .computed : .cached }
}

extension LedgerCoding {
    /// A name, which must not be empty.
    static func name(_ text: String, table: String) throws -> String {
        guard !text.isEmpty else {
            throw LedgerError.unreadableRow(table: table, detail: "a name is empty")
        }
        return text
    }

    static func taskName(_ text: String) throws -> TaskName {
        TaskName(try name(text, table: "task"))
    }

    static func workerID(_ text: String) throws -> WorkerID {
        WorkerID(try name(text, table: "label"))
    }

    static func failure(_ json: Data?, table: String) throws -> TaskFailure? {
        try json.map { try value(TaskFailure.self, from: $0, table: table) }
    }

    /// What the columns `seconds`, `peak_bytes` and `core_text` hold together.
    static func measurements(_ row: Row) throws -> TaskMeasurements? {
        guard let seconds: Double = try row.value("seconds"),
            let peakBytes: Int = try row.value("peak_bytes"),
            let core: String = try row.value("core_text")
        else { return nil }
        return TaskMeasurements(seconds: seconds, peakBytes: peakBytes, core: core)
    }
}
