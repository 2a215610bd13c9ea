import Foundation
import Glibc

/// What a power cut left of the changes that were not synced.
struct CrashImage {
    /// How much survives.
    enum Survival: Equatable {
        /// Nothing that was not synced.
        case least
        /// Everything, as after a kill.
        case most
        /// Sectors of 512 or 4,096 bytes, each with a probability, in order or not.
        case some(sector: Int, probability: Double, shuffled: Bool)
    }

    let survival: Survival
    var random: SplitMix

    /// The `number`-th image of a moment: the strictest one first.
    init(number: Int, seed: UInt64) {
        random = SplitMix(seed: seed)
        switch number {
        case 0: survival = .least
        case 1: survival = .most
        default:
            survival = .some(
                sector: random.happens(0.5) ? 512 : 4_096,
                probability: [0.1, 0.5, 0.9][random.below(3)], shuffled: random.happens(0.5))
        }
    }

    /// Writes the image into an empty folder.
    mutating func write(_ disk: RecordedDisk, to folder: String) throws {
        try write(disk.root, to: folder)
    }

    private mutating func write(_ folder: RecordedFile, to path: String) throws {
        for (name, file) in names(of: folder).sorted(by: { $0.key < $1.key }) {
            // Shared memory; the next process makes it anew.
            if name.hasSuffix("-shm") { continue }
            let target = path + "/" + name
            if file.isFolder {
                guard mkdir(target, 0o755) == 0 else { throw failure(target) }
                try write(file, to: target)
            } else {
                try Self.write(bytes(of: file), to: target)
            }
        }
    }

    private mutating func names(of folder: RecordedFile) -> [String: RecordedFile] {
        var names = folder.durableNames
        for change in folder.pendingNames where survives() {
            // Whether a file has come is decided in one folder only; it goes from the other one
            // only when it is sure to have come, since the order of the folders is arbitrary.
            if change.adding == nil, let moved = change.moved, !moved.isDurable,
                survival != .most
            {
                continue
            }
            change.apply(to: &names)
        }
        return names
    }

    private mutating func survives() -> Bool {
        switch survival {
        case .least: false
        case .most: true
        case .some(_, let probability, _): random.happens(probability)
        }
    }

    private mutating func bytes(of file: RecordedFile) -> [UInt8] {
        var bytes = file.durable
        guard survival != .least, !file.pending.isEmpty else { return bytes }
        for change in survivors(of: file.pending) { change.apply(to: &bytes) }
        return bytes
    }

    private mutating func survivors(
        of changes: [RecordedFile.Change]
    ) -> [RecordedFile.Change] {
        guard case .some(let sector, _, let shuffled) = survival else { return changes }
        var kept: [RecordedFile.Change] = []
        for change in changes {
            guard case .write(let offset, let bytes) = change else {
                if survives() { kept.append(change) }
                continue
            }
            // The length may be there without the bytes.
            if survives() { kept.append(.reserve(end: offset + bytes.count)) }
            var start = 0
            while start < bytes.count {
                let end = min(((offset + start) / sector + 1) * sector - offset, bytes.count)
                if survives() {
                    kept.append(.write(offset: offset + start, bytes: Array(bytes[start..<end])))
                }
                start = end
            }
        }
        if shuffled { kept.shuffle(using: &random) }
        return kept
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw RecordingError(description: "\(path): error \(errno)") }
        defer { _ = close(file) }
        let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        guard count == bytes.count else {
            throw RecordingError(description: "\(path): \(count) of \(bytes.count) bytes")
        }
    }

    private func failure(_ path: String) -> RecordingError {
        RecordingError(description: "\(path): error \(errno)")
    }
}
