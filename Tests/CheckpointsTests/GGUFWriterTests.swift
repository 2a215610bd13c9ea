import Checkpoints
import Foundation
import Linalg
import Testing

@Suite struct `A GGUF writer` {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    /// The plan of a file that is there already.
    private func layout(like file: GGUFFile) throws -> GGUFLayout {
        let tensors = try file.header.tensors.map { tensor in
            (
                name: tensor.name,
                type: try #require(GGUFTensorType(rawValue: tensor.elementType)),
                shape: tensor.shape
            )
        }
        return try GGUFLayout(metadata: file.header.metadata, tensors: tensors)
    }

    private var two: [(name: String, type: GGUFTensorType, shape: [Int])] {
        [("a", .float32, [3]), ("b", .q8Type0, [2, 32])]
    }

    private func sentence(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: ["kinds.gguf", "blocks.gguf", "rounding.gguf"])
    func `writes the bytes that the reference writer writes`(name: String) throws {
        let file = try GGUFFile.open(at: fixture(name))
        let layout = try layout(like: file)
        let url = scratch.url.appendingPathComponent("model.gguf")
        try GGUFWriter.write(layout, to: url) { (writer) throws(CheckpointError) in
            for tensor in file.header.tensors {
                // In pieces, as a converter would.
                let bytes = try file.bytes(of: tensor)
                for start in stride(from: 0, to: bytes.count, by: 1000) {
                    let piece = Array(bytes[start..<min(start + 1000, bytes.count)])
                    try writer.append(piece, to: tensor.name)
                }
            }
        }
        let written = try bytes(of: url)
        #expect(written == (try bytes(of: fixture(name))))
        #expect(written.count == layout.totalBytes)
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
        #expect(names == ["model.gguf"])
    }

    @Test func `plans where the tensors will lie`() throws {
        let layout = try GGUFLayout(metadata: ["general.alignment": .uint32(64)], tensors: two)
        let header = try GGUFHeader(
            parsing: layout.headerBytes
                + [UInt8](repeating: 0, count: layout.totalBytes - layout.headerBytes.count),
            file: "model.gguf")
        #expect(header.tensors == layout.tensors)
        #expect(header.dataOffset == layout.headerBytes.count)
        #expect(header.alignment == 64)
        #expect(layout.totalBytes == header.dataOffset + 64 + 128)
    }

    @Test func `insists on the order and the sizes of its plan`() throws {
        let layout = try GGUFLayout(metadata: [:], tensors: two)
        var sent = 0
        var writer = try GGUFWriter(layout) { (bytes) throws(CheckpointError) in
            sent += bytes.count
        }
        #expect(writer.next?.name == "a")
        #expect(sentence { try writer.append([0], to: "b") }.contains("a comes next"))
        let much = [UInt8](repeating: 0, count: 13)
        #expect(sentence { try writer.append(much, to: "a") }.contains("13 bytes were given"))
        #expect(sentence { try writer.finish() }.contains("0 of its 12 bytes"))
        try writer.append(Array(much.prefix(5)), to: "a")
        try writer.append(Array(much.prefix(7)), to: "a")
        #expect(sent == layout.headerBytes.count + 32)
        #expect(sentence { try writer.finish() }.contains("'b'"))
        try writer.append([UInt8](repeating: 0, count: 68), to: "b")
        #expect(writer.next == nil)
        #expect(sentence { try writer.append([0], to: "b") }.contains("the end comes next"))
        try writer.finish()
        #expect(sent == layout.totalBytes)
    }

    @Test func `goes past tensors without bytes`() throws {
        let layout = try GGUFLayout(
            metadata: [:], tensors: [("a", .float32, [0]), ("b", .int8, [1]), ("c", .int8, [0])])
        var sent = 0
        var writer = try GGUFWriter(layout) { (bytes) throws(CheckpointError) in
            sent += bytes.count
        }
        try writer.append([1], to: "b")
        try writer.finish()
        #expect(sent == layout.totalBytes)
    }

    @Test func `leaves nothing behind when it fails`() throws {
        let layout = try GGUFLayout(metadata: [:], tensors: two)
        let url = scratch.url.appendingPathComponent("model.gguf")
        let short = sentence {
            try GGUFWriter.write(layout, to: url) { (writer) throws(CheckpointError) in
                try writer.append([UInt8](repeating: 0, count: 12), to: "a")
            }
        }
        #expect(short.contains("'b'"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path).isEmpty)
        try scratch.write("mine", to: "model.gguf")
        let taken = sentence {
            try GGUFWriter.write(layout, to: url) { (_) throws(CheckpointError) in }
        }
        #expect(taken.contains("it exists"))
        #expect(try bytes(of: url) == Array("mine".utf8))
        let nowhere = scratch.url.appendingPathComponent("none/model.gguf")
        let missing = sentence {
            try GGUFWriter.write(layout, to: nowhere) { (_) throws(CheckpointError) in }
        }
        #expect(missing.contains("its folder is missing"))
    }

    @Test func `refuses what no reader would take`() {
        func plan(
            _ metadata: GGUFMetadata = [:],
            _ tensors: (name: String, type: GGUFTensorType, shape: [Int])...
        ) -> String {
            sentence { _ = try GGUFLayout(metadata: metadata, tensors: tensors) }
        }
        let long = String(repeating: "n", count: 64)
        #expect(plan([:], (long, .int8, [1])).contains("longer than 63"))
        #expect(plan([:], ("", .int8, [1])).contains("empty"))
        #expect(plan([:], ("a", .int8, [1]), ("a", .int8, [1])).contains("twice"))
        #expect(plan([:], ("a", .q4K, [2, 576])).contains("whole blocks of Q4_K"))
        #expect(plan([:], ("a", .int8, [1, 1, 1, 1, 1])).contains("extents"))
        #expect(plan([:], ("a", .int8, [Int.max, 2])).contains("extents"))
        #expect(plan([:], ("a", .int8, [Int.max])).contains("too large"))
        #expect(plan([:], ("a", .int8, [-1])).contains("shape"))
        #expect(plan(["": .uint8(1)]).contains("key is empty"))
        #expect(plan(["general.alignment": .uint32(12)]).contains("power of two"))
        #expect(plan(["k": .array(of: .uint8, [.uint8(1), .int8(1)])]).contains("unlike"))
        var nested = GGUFValue.array(of: .uint8, [])
        for _ in 0..<3 { nested = .array(of: .array, [nested]) }
        #expect(plan(["k": nested]) == "accepted")
        #expect(plan(["k": .array(of: .array, [nested])]).contains("nested"))
    }

    @Test func `keeps metadata in order`() {
        var metadata: GGUFMetadata = ["b": .uint8(1), "a": .uint8(2)]
        metadata["c"] = .uint8(3)
        metadata["b"] = .uint8(4)
        #expect(metadata.keys == ["b", "a", "c"])
        metadata["a"] = nil
        metadata["none"] = nil
        metadata.merge(["a": .uint8(5), "c": .uint8(6)])
        #expect(metadata.keys == ["b", "c", "a"])
        #expect(metadata["c"] == .uint8(6))
        #expect(metadata["a"] == .uint8(5))
    }
}
