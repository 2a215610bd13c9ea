import Foundation

/// A folder of our own inside another, removed with its last reference.
final class ScratchFolder: Sendable {
    let url: URL

    /// Makes it inside an existing folder; the default nil is the one for temporary files.
    init(inside parent: String?) throws {
        let place =
            parent.map { URL(filePath: $0, directoryHint: .isDirectory) }
            ?? FileManager.default.temporaryDirectory
        url = place.appending(path: "spokeshave-bench-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a file of pseudo-random bytes.
    func makeFile(named name: String, byteCount: Int) throws -> URL {
        let file = url.appending(path: name)
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        var state: UInt64 = 7
        for start in stride(from: 0, to: byteCount, by: 4 << 20) {
            let bytes = randomBytes(min(4 << 20, byteCount - start), state: &state)
            try handle.write(contentsOf: Data(bytes))
        }
        try handle.close()
        return file
    }
}

/// Bytes of a linear congruential sequence; what they are does not matter.
func randomBytes(_ count: Int, state: inout UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    for index in bytes.indices {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[index] = UInt8(truncatingIfNeeded: state >> 56)
    }
    return bytes
}
