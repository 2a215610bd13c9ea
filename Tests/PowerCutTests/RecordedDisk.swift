import Foundation

/// What a disk is sure to have of a recorded process's files, and what it may have.
struct RecordedDisk {
    let root = RecordedFile(isFolder: true, path: "")
    private var files: [UInt64: RecordedFile] = [:]
    /// Syncs that this disk swallows without doing anything.
    let ignoring: IgnoredSyncs

    init(ignoring: IgnoredSyncs) { self.ignoring = ignoring }

    mutating func perform(_ operation: RecordedOperation) throws {
        switch operation {
        case .started(let inode): files[inode] = root
        case .made(let inode, let path, let isFolder):
            let file = RecordedFile(isFolder: isFolder, path: path)
            files[inode] = file
            let (folder, name) = try place(path)
            folder.change(RecordedFile.NameChange(adding: (name, file)))
        case .written(let inode, let offset, let bytes):
            try file(inode).change(.write(offset: offset, bytes: bytes))
        case .reserved(let inode, let end): try file(inode).change(.reserve(end: end))
        case .resized(let inode, let length): try file(inode).change(.resize(length))
        case .synced(let inode):
            let file = try file(inode)
            if !ignoring.includes(file) { file.sync() }
        case .renamed(let old, let new): try rename(old, new)
        case .removed(let path):
            let (folder, name) = try place(path)
            folder.change(RecordedFile.NameChange(removing: name))
        case .mark: break
        }
    }

    private func file(_ inode: UInt64) throws -> RecordedFile {
        guard let file = files[inode] else {
            throw RecordingError(description: "inode \(inode) was never made")
        }
        return file
    }

    private func rename(_ old: String, _ new: String) throws {
        let (from, oldName) = try place(old)
        let (to, newName) = try place(new)
        guard let file = from.names[oldName] else {
            throw RecordingError(description: "\(old) was never made")
        }
        if from === to {
            from.change(
                RecordedFile.NameChange(removing: oldName, adding: (newName, file)))
        } else {
            let move = RecordedFile.Move()
            to.change(RecordedFile.NameChange(adding: (newName, file), moved: move))
            from.change(RecordedFile.NameChange(removing: oldName, moved: move))
        }
    }

    private func place(_ path: String) throws -> (folder: RecordedFile, name: String) {
        let parts = path.split(separator: "/").map(String.init)
        guard let name = parts.last else { throw RecordingError(description: "no name") }
        var folder = root
        for part in parts.dropLast() {
            guard let next = folder.names[part] else {
                throw RecordingError(description: "\(path) lies in no folder")
            }
            folder = next
        }
        return (folder, name)
    }

    /// All files with their bytes as the process sees them, by path.
    func present() -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        func visit(_ folder: RecordedFile, _ path: String) {
            for (name, file) in folder.names {
                if file.isFolder {
                    visit(file, path + "/" + name)
                } else {
                    var bytes = file.durable
                    for change in file.pending { change.apply(to: &bytes) }
                    found[path + "/" + name] = bytes
                }
            }
        }
        visit(root, "")
        return found
    }
}

/// Syncs that a broken program would not make: planted errors that the images must show.
enum IgnoredSyncs: String, CaseIterable, Codable, Sendable {
    case none
    /// The folders' syncs after renames.
    case folders
    /// The blobs' own syncs before their renames.
    case blobFiles
    /// All syncs of the ledger's log.
    case log

    func includes(_ file: RecordedFile) -> Bool {
        switch self {
        case .none: false
        case .folders: file.isFolder
        case .blobFiles: !file.isFolder && file.path.hasPrefix("/store/")
        case .log: file.path.hasSuffix("-wal")
        }
    }
}
