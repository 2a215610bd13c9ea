import Foundation

/// A file or folder of a recorded disk: what is certain of it, and what came since its last sync.
final class RecordedFile {
    /// A change of bytes that the disk may or may not have.
    enum Change {
        case write(offset: Int, bytes: [UInt8])
        case reserve(end: Int)
        case resize(Int)
    }

    /// A change of names that the disk may or may not have.
    struct NameChange {
        /// Names that go.
        var removing: String?
        /// A name that comes.
        var adding: (name: String, file: RecordedFile)?
        /// The name comes in another folder by this change; it cannot go before it has come.
        var moved: Move?
    }

    /// A file's move from one folder to another: one change of the disk, seen in two folders.
    final class Move {
        var isDurable = false
        /// Whether it has happened in the image that is being made.
        var isInImage = false
    }

    let isFolder: Bool
    let path: String
    /// Bytes that survive.
    private(set) var durable: [UInt8] = []
    private(set) var pending: [Change] = []
    /// Names that survive.
    private(set) var durableNames: [String: RecordedFile] = [:]
    private(set) var pendingNames: [NameChange] = []
    /// All names, as the process sees them.
    private(set) var names: [String: RecordedFile] = [:]

    init(isFolder: Bool, path: String) {
        self.isFolder = isFolder
        self.path = path
    }

    func change(_ change: Change) { pending.append(change) }

    func change(_ change: NameChange) {
        pendingNames.append(change)
        change.apply(to: &names)
    }

    /// The disk has everything that was done so far.
    func sync() {
        for change in pending { change.apply(to: &durable) }
        pending = []
        var left: [NameChange] = []
        for change in pendingNames {
            // A name does not go for good before it has come elsewhere.
            if change.adding == nil, let moved = change.moved, !moved.isDurable {
                left.append(change)
                continue
            }
            if change.adding != nil { change.moved?.isDurable = true }
            change.apply(to: &durableNames)
        }
        pendingNames = left
    }
}

extension RecordedFile.NameChange {
    func apply(to names: inout [String: RecordedFile]) {
        if let removing { names[removing] = nil }
        if let adding { names[adding.name] = adding.file }
    }
}

extension RecordedFile.Change {
    func apply(to bytes: inout [UInt8]) {
        switch self {
        case .write(let offset, let written): Self.write(written[...], at: offset, to: &bytes)
        case .reserve(let end):
            if end > bytes.count { Self.resize(&bytes, end) }
        case .resize(let length): Self.resize(&bytes, length)
        }
    }

    static func write(_ written: ArraySlice<UInt8>, at offset: Int, to bytes: inout [UInt8]) {
        let end = offset + written.count
        if end > bytes.count { resize(&bytes, end) }
        // Element by element takes minutes in a debug build.
        bytes.withUnsafeMutableBytes { target in
            written.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: target[offset..<end])
                    .copyMemory(from: source)
            }
        }
    }

    static func resize(_ bytes: inout [UInt8], _ length: Int) {
        if length < bytes.count {
            bytes.removeLast(bytes.count - length)
        } else {
            bytes.append(contentsOf: [UInt8](repeating: 0, count: length - bytes.count))
        }
    }
}
