import Domain
import Foundation
import Testing

@testable import Blobs

@Suite struct `Chunks hashed side by side` {
    private static let lengths = [
        1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 65_535, 65_536, 65_537, 131_072, 200_000,
        65_536 + 55, 65_536 + 56, 300_001, 64 * 1_024 * 3,
    ]

    @Test(arguments: 1...ChunkLanes.countMax)
    func `have the digests of one alone, of any lengths`(lanes: Int) throws {
        try BlobFixture.withFolder { folder in
            let path = folder.path + "/bytes"
            let bytes = BlobFixture.bytes(400_000)
            try Data(bytes).write(to: URL(filePath: path))
            let file = try BlobFile(reading: path)
            var hashed = ChunkLanes(ranges: lanes)
            for first in Self.lengths.indices {
                let ranges = (0..<lanes).map { lane in
                    let length = Self.lengths[(first + 7 * lane) % Self.lengths.count]
                    return lane * 1_001..<lane * 1_001 + length
                }
                let found = try hashed.digests(of: ranges.map { Self.message($0, file) })
                #expect(found == ranges.map { Digest(sha256Of: bytes[$0]) })
            }
        }
    }

    @Test func `say when the file ends before them`() throws {
        try BlobFixture.withFolder { folder in
            let path = folder.path + "/bytes"
            try Data(BlobFixture.bytes(100)).write(to: URL(filePath: path))
            let file = try BlobFile(reading: path)
            var lanes = ChunkLanes(ranges: 2)
            let messages = [0..<50, 60..<101].map { Self.message($0, file) }
            #expect(throws: BlobError.self) { try lanes.digests(of: messages) }
        }
    }

    private static func message(_ range: Range<Int>, _ file: borrowing BlobFile) -> FileRange {
        FileRange(descriptor: file.descriptor, path: file.path, range: range)
    }

    @Test func `of several blobs make the names that they have alone`() throws {
        try BlobFixture.withFolder { folder in
            let lengths = [0, 5, 4 << 20 + 1, 700_000, 9 << 20, 4 << 20, 70 << 20]
            let store = try BlobStore(root: folder)
            let bytes = BlobFixture.bytes(70 << 20)
            let writers = try lengths.map { length in
                let writer = try store.makeWriter(expectedBytes: length, synced: false)
                try writer.append(Array(bytes[..<length]))
                return writer
            }
            let unknown = try store.makeWriter(synced: false)
            try unknown.append(Array(bytes[..<9_999]))
            let blobs = try BlobWriter.commit(writers + [unknown])
            for (length, blob) in zip(lengths + [9_999], blobs) {
                var hasher = BlobHasher()
                hasher.update(Array(bytes[..<length]))
                #expect(blob.digest == hasher.finish().digest)
                #expect(blob.byteCount == length)
                try store.verify(blob.digest)
            }
        }
    }

    @Test func `leave nothing of a blob that has not its length`() throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let good = try store.makeWriter(expectedBytes: 3, synced: false)
            try good.append([1, 2, 3])
            let bad = try store.makeWriter(expectedBytes: 3, synced: false)
            try bad.append([1, 2])
            #expect(throws: BlobError.self) { try BlobWriter.commit([good, bad]) }
            let left = try FileManager.default.contentsOfDirectory(
                atPath: folder.appending(path: "tmp").path)
            #expect(left.isEmpty)
        }
    }

    /// Below, at and above a chunk, a group of lanes, and two groups.
    @Test(arguments: [
        0, 1, 4 << 20, 4 << 20 + 1, 8 << 20, 9 << 20 + 5, 32 << 20, 32 << 20 + 1, 64 << 20, 65 << 20 + 3, 129 << 20,
    ])
    func `make the manifest that pieces make`(count: Int) throws {
        try BlobFixture.withFolder { folder in
            let store = try BlobStore(root: folder)
            let bytes = BlobFixture.bytes(count)
            var hasher = BlobHasher()
            hasher.update(bytes)
            let known = try store.makeWriter(expectedBytes: count, synced: false)
            var start = 0
            for step in [1, 70_000, 300_000, 5 << 20, 40 << 20, 66 << 20, count] where start < count {
                let end = min(start + step, count)
                try known.append(Array(bytes[start..<end]))
                start = end
            }
            #expect(known.byteCount == count)
            let blob = try known.commit()
            #expect(blob.digest == hasher.finish().digest)
            try store.verify(blob.digest)
            let unknown = try store.makeWriter(synced: false)
            try unknown.append(bytes)
            #expect(try unknown.commit() == blob)
        }
    }
}
