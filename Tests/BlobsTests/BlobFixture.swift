import Blobs
import Crypto
import Domain
import Foundation
import Testing

/// Stores and bytes for tests.
enum BlobFixture {
    /// Runs `body` with a folder that is removed afterwards.
    static func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("blobs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    /// `count` bytes that depend on the seed.
    static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        var words = [UInt64](repeating: 0, count: count / 8 + 1)
        for index in words.indices {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            words[index] = state
        }
        return words.withUnsafeBytes { Array($0.prefix(count)) }
    }

    /// A blob's name, computed plainly.
    static func naiveDigest(_ bytes: [UInt8]) -> Domain.Digest? {
        var text = Array("spokeshave-blob-1".utf8) + [0]
        text += withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { Array($0) }
        var start = 0
        while start < bytes.count {
            let end = min(start + 4 * 1024 * 1024, bytes.count)
            text += Array(SHA256.hash(data: bytes[start..<end]))
            start = end
        }
        return Domain.Digest(bytes: Array(SHA256.hash(data: text)))
    }

    /// All regular files below `folder`, by their paths relative to it, sorted.
    static func files(below folder: URL) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder.path)?.allObjects ?? []
        return names.compactMap { $0 as? String }.filter {
            var isFolder: ObjCBool = false
            let path = folder.appendingPathComponent($0).path
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }

    /// Flips one bit of a file, which may be read-only.
    static func flipBit(of path: String, at offset: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        data[offset] ^= 1
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: data)
        try handle.close()
    }

    /// Flips one bit as a failing disk does: nobody has written, so the file is no younger.
    static func rotBit(of path: String, at offset: Int) throws {
        var before = stat()
        #expect(stat(path, &before) == 0)
        try flipBit(of: path, at: offset)
        #expect(utimensat(AT_FDCWD, path, [before.st_atim, before.st_mtim], 0) == 0)
    }
}

extension MappedBlob {
    /// A copy of the bytes.
    var copy: [UInt8] { bytes.withUnsafeBytes { Array($0) } }
}

let mebibyte = 1 << 20
