import Foundation

/// An open regular file of known size, read in pieces; symbolic links are followed.
struct CheckpointFile {
    let name: String
    let byteCount: Int
    private let handle: FileHandle

    init(opening url: URL) throws(CheckpointError) {
        name = url.lastPathComponent
        do {
            // The kind is asked first: opening a named pipe would wait for ever.
            guard Self.isRegularFile(url) else {
                throw CheckpointError.unreadable(
                    file: url.path,
                    reason: "it is missing or not a regular file"
                )
            }
            handle = try FileHandle(forReadingFrom: url)
            guard let count = Int(exactly: try handle.seekToEnd()) else {
                throw CheckpointError.unreadable(file: url.path, reason: "it is too large")
            }
            byteCount = count
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw .unreadable(file: url.path, reason: error.localizedDescription)
        }
    }

    /// The bytes of a range that lies inside the file.
    func read(_ range: Range<Int>) throws(CheckpointError) -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        do {
            try handle.seek(toOffset: UInt64(range.lowerBound))
            var bytes: [UInt8] = []
            bytes.reserveCapacity(range.count)
            while bytes.count < range.count {
                let piece = try handle.read(upToCount: range.count - bytes.count)
                guard let piece, !piece.isEmpty else { break }
                bytes.append(contentsOf: piece)
            }
            guard bytes.count == range.count else {
                throw CheckpointError.unreadable(
                    file: name,
                    reason: "it became shorter while it was read"
                )
            }
            return bytes
        } catch let error as CheckpointError {
            throw error
        } catch {
            throw .unreadable(file: name, reason: error.localizedDescription)
        }
    }

    /// The whole of a file of at most `bytesMax` bytes.
    static func readAll(_ url: URL, bytesMax: Int) throws(CheckpointError) -> [UInt8] {
        let file = try CheckpointFile(opening: url)
        guard file.byteCount <= bytesMax else {
            throw .unreadable(
                file: url.path,
                reason: "it has \(file.byteCount) bytes and at most \(bytesMax) are read"
            )
        }
        return try file.read(0..<file.byteCount)
    }

    static func isRegularFile(_ url: URL) -> Bool {
        let path = url.resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.type] as? FileAttributeType == .typeRegular
    }
}
