import Foundation

/// One thing that a recorded process did to its files, or said that it had done.
enum RecordedOperation {
    /// A process started recording; the folder itself.
    case started(inode: UInt64)
    case made(inode: UInt64, path: String, isFolder: Bool)
    case written(inode: UInt64, offset: Int, bytes: [UInt8])
    /// Room was taken: the file is at least this long.
    case reserved(inode: UInt64, end: Int)
    case resized(inode: UInt64, length: Int)
    case synced(inode: UInt64)
    case renamed(old: String, new: String)
    case removed(path: String)
    /// A line that the process wrote to the file `marks`.
    case mark(String)
}

/// Why a recording is no use.
struct RecordingError: Error, CustomStringConvertible {
    let description: String
}

extension RecordedOperation {
    /// The name of the file of marks below the root.
    static let marksName = "/marks"

    /// Reads a log as `recorder.c` writes it; paths become relative to the root.
    static func read(_ log: Data) throws -> [RecordedOperation] {
        var reader = RecordReader(log)
        var operations: [RecordedOperation] = []
        while let record = try reader.next() {
            if let operation = try reader.operation(record) { operations.append(operation) }
        }
        return operations
    }
}

private struct RecordReader {
    struct Record {
        let kind: Character
        let inode: UInt64
        let offset: Int
        let path: [UInt8]
        let bytes: [UInt8]
    }

    private let log: Data
    private var position = 0
    private var root = ""
    private var marks: UInt64?

    init(_ log: Data) { self.log = log }

    mutating func next() throws -> Record? {
        guard position < log.count else { return nil }
        guard position + 32 <= log.count else { throw RecordingError(description: "cut head") }
        let kind = Character(UnicodeScalar(log[position]))
        let pathBytes = Int(word(4, bytes: 4))
        let inode = word(8, bytes: 8)
        let offset = Int(word(16, bytes: 8))
        let count = Int(word(24, bytes: 8))
        let start = position + 32
        let end = start + pathBytes + count
        guard end <= log.count else { throw RecordingError(description: "cut record") }
        position = end
        return Record(
            kind: kind, inode: inode, offset: offset, path: [UInt8](log[start..<start + pathBytes]),
            bytes: [UInt8](log[start + pathBytes..<end]))
    }

    private func word(_ offset: Int, bytes: Int) -> UInt64 {
        (0..<bytes).reversed().reduce(0) { $0 << 8 | UInt64(log[position + offset + $1]) }
    }

    mutating func operation(_ record: Record) throws -> RecordedOperation? {
        let paths = record.path.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        let path = paths.first ?? ""
        switch record.kind {
        case "R":
            root = path
            return .started(inode: record.inode)
        case "C" where relative(path) == RecordedOperation.marksName:
            marks = record.inode
            return nil
        case "C", "D":
            return .made(
                inode: record.inode, path: relative(path), isFolder: record.kind == "D")
        case "W" where record.inode == marks:
            return .mark(String(decoding: record.bytes, as: UTF8.self))
        case "W":
            return .written(inode: record.inode, offset: record.offset, bytes: record.bytes)
        case "A": return .reserved(inode: record.inode, end: record.offset)
        case "T": return .resized(inode: record.inode, length: record.offset)
        case "S": return .synced(inode: record.inode)
        case "N" where paths.count == 2:
            return .renamed(old: relative(paths[0]), new: relative(paths[1]))
        case "U": return .removed(path: relative(path))
        default:
            throw RecordingError(description: "the process did what is not recorded: \(path)")
        }
    }

    private func relative(_ path: String) -> String { String(path.dropFirst(root.count)) }
}
