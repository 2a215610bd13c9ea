import Checkpoints
import Foundation
import Testing

extension [UInt8] {
    fileprivate mutating func add(_ number: some FixedWidthInteger) {
        for shift in stride(from: 0, to: type(of: number).bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    fileprivate mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        self += Array(text.utf8)
    }
}

/// A file with one U32 key and tensors, each part of which a test may spoil.
private struct Sketch {
    var magic = "GGUF"
    var version: UInt32 = 3
    var tensorCount: UInt64?
    var keyCount: UInt64?
    /// Whole entries: key, kind and value.
    var keys: [[UInt8]] = []
    /// Whole entries of the table.
    var tensors: [[UInt8]] = []
    var dataBytes = 64

    var bytes: [UInt8] {
        var bytes = Array(magic.utf8)
        bytes.add(version)
        bytes.add(tensorCount ?? UInt64(tensors.count))
        bytes.add(keyCount ?? UInt64(keys.count))
        for part in keys + tensors { bytes += part }
        bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32 + dataBytes)
        return bytes
    }

    static func key(_ name: String, _ kind: UInt32, _ value: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.add(name)
        bytes.add(kind)
        return bytes + value
    }

    static func tensor(
        _ name: String, extents: [UInt64], type: UInt32 = 0, offset: UInt64 = 0,
        extentCount: UInt32? = nil
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.add(name)
        bytes.add(extentCount ?? UInt32(extents.count))
        for extent in extents { bytes.add(extent) }
        bytes.add(type)
        bytes.add(offset)
        return bytes
    }

    static func list(_ kind: UInt32, _ count: UInt64, _ elements: [UInt8] = []) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.add(kind)
        bytes.add(count)
        return bytes + elements
    }
}

@Suite struct `A hostile GGUF file` {
    private func sentence(_ bytes: [UInt8]) -> String {
        do {
            _ = try GGUFHeader(parsing: bytes, file: "x.gguf")
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private func sentence(_ change: (inout Sketch) -> Void) -> String {
        var sketch = Sketch()
        change(&sketch)
        return sentence(sketch.bytes)
    }

    @Test func `cut anywhere before the last tensor's end is refused`() throws {
        let whole = try bytes(of: fixture("kinds.gguf"))
        let header = try GGUFHeader(parsing: whole, file: "x")
        let end = try #require(header.tensors.last?.byteRange.upperBound)
        for count in 0..<end {
            let cut = sentence(Array(whole.prefix(count)))
            #expect(cut.contains("truncated"), "cut at \(count): \(cut)")
        }
        // The padding behind the last tensor is not everywhere.
        let unpadded = try GGUFHeader(parsing: Array(whole.prefix(end)), file: "x")
        #expect(unpadded.tensors == header.tensors)
    }

    @Test func `cut on disk is refused too`() throws {
        let scratch = try ScratchFolder()
        let whole = try bytes(of: fixture("kinds.gguf"))
        for count in [0, 3, 20, 100, 700, whole.count - 64] {
            let url = try scratch.write(Array(whole.prefix(count)), to: "cut.gguf")
            #expect(throws: CheckpointError.self) { try GGUFFile.open(at: url) }
        }
        #expect(throws: CheckpointError.self) { try GGUFFile.open(at: scratch.url) }
    }

    @Test func `that becomes shorter while it is used is an error`() throws {
        let scratch = try ScratchFolder()
        let url = try scratch.write(bytes(of: fixture("kinds.gguf")), to: "model.gguf")
        let file = try GGUFFile.open(at: url)
        let handle = try FileHandle(forWritingTo: url)
        try handle.truncate(atOffset: 900)
        let stack = try #require(file.tensor("stack"))
        #expect(throws: CheckpointError.self) { _ = try file.matrix(of: stack) }
    }

    @Test func `survives every change of one byte`() throws {
        let whole = try bytes(of: fixture("kinds.gguf"))
        let dataOffset = try GGUFHeader(parsing: whole, file: "x").dataOffset
        for place in 0..<dataOffset {
            for change: UInt8 in [0x01, 0x15, 0x80, 0xFF] {
                var changed = whole
                changed[place] ^= change
                guard let header = try? GGUFHeader(parsing: changed, file: "x") else { continue }
                // What is still accepted must at least lie inside the file.
                for tensor in header.tensors {
                    #expect(tensor.byteRange.upperBound <= changed.count)
                }
            }
        }
    }

    @Test func `must begin as GGUF of version 2 or 3`() {
        #expect(sentence { $0.magic = "GGML" }.contains("does not begin"))
        #expect(sentence { $0.version = 1 }.contains("version is 1"))
        #expect(sentence { $0.version = 4 }.contains("version is 4"))
        #expect(sentence { $0.version = 3 << 24 }.contains("big-endian"))
        #expect(sentence { $0.version = 2 } == "accepted")
    }

    @Test(arguments: [UInt64.max, 1 << 63, 100_001, 1 << 32])
    func `may not claim more than the limits`(count: UInt64) {
        #expect(sentence { $0.tensorCount = count }.contains("tensors and at most"))
        #expect(sentence { $0.keyCount = count }.contains("keys and at most"))
        let list = Sketch.key("k", 9, Sketch.list(0, count))
        #expect(sentence { $0.keys = [list] } != "accepted")
        var text: [UInt8] = []
        text.add(count)
        #expect(sentence { $0.keys = [Sketch.key("k", 8, text)] } != "accepted")
        let tensor = Sketch.tensor("t", extents: [count, count])
        #expect(sentence { $0.tensors = [tensor] }.contains("'t'") || count == 100_001)
    }

    @Test func `may not fill the memory with lists`() {
        // Each list is within the limit; together they are at it, or one over it.
        let first = Sketch.list(0, 1 << 16, [UInt8](repeating: 0, count: 1 << 16))
        let rest = UInt64(GGUFHeader.listElementsMax - (1 << 16))
        func both(_ count: UInt64) -> String {
            let lists = [first, Sketch.list(8, count)]
            return sentence { $0.keys = zip(["a", "b"], lists).map { Sketch.key($0, 9, $1) } }
        }
        #expect(both(rest + 1).contains("elements of lists"))
        // Nothing is set aside for what the file is too short to hold.
        #expect(both(rest).contains("truncated"))
    }

    @Test func `may not nest lists deeply`() {
        func nested(_ levels: Int) -> [UInt8] {
            var bytes = Sketch.list(0, 1, [7])
            for _ in 1..<levels { bytes = Sketch.list(9, 1, bytes) }
            return Sketch.key("k", 9, bytes)
        }
        #expect(sentence { $0.keys = [nested(4)] } == "accepted")
        #expect(sentence { $0.keys = [nested(5)] }.contains("nested deeper"))
    }

    @Test func `must have decent keys`() {
        let one = Sketch.key("k", 0, [1])
        #expect(sentence { $0.keys = [one] } == "accepted")
        #expect(sentence { $0.keys = [one, one] }.contains("stands twice"))
        #expect(sentence { $0.keys = [Sketch.key("", 0, [1])] }.contains("empty"))
        #expect(sentence { $0.keys = [Sketch.key("k", 13, [1])] }.contains("kind of value 13"))
        #expect(sentence { $0.keys = [Sketch.key("k", 7, [2])] }.contains("truth value"))
        var text: [UInt8] = []
        text.add(UInt64(1))
        let invalid = Sketch.key("k", 8, text + [0xFF])
        #expect(sentence { $0.keys = [invalid] }.contains("UTF-8"))
    }

    @Test(arguments: [(8 as UInt32, true), (4096, true), (0, false), (4, false), (48, false)])
    func `must have a decent alignment`(alignment: UInt32, isGood: Bool) {
        var value: [UInt8] = []
        value.add(alignment)
        let key = Sketch.key("general.alignment", 4, value)
        #expect((sentence { $0.keys = [key] } == "accepted") == isGood)
        let wide = Sketch.key("general.alignment", 10, value + [0, 0, 0, 0])
        #expect(sentence { $0.keys = [wide] }.contains("power of two"))
    }

    @Test func `must have decent tensors`() {
        func tensors(_ entries: [UInt8]...) -> String { sentence { $0.tensors = entries } }
        let long = String(repeating: "n", count: 64)
        #expect(tensors(Sketch.tensor("t", extents: [4, 4])) == "accepted")
        #expect(tensors(Sketch.tensor("t", extents: [])) == "accepted")
        #expect(tensors(Sketch.tensor(long, extents: [4])).contains("name"))
        #expect(tensors(Sketch.tensor("t", extents: [1, 1, 1, 1, 1])).contains("5 extents"))
        #expect(
            tensors(Sketch.tensor("t", extents: [1], extentCount: .max)).contains("extents"))
        #expect(tensors(Sketch.tensor("t", extents: [4], type: 4)).contains("type 4"))
        #expect(tensors(Sketch.tensor("t", extents: [33], type: 2)).contains("whole number"))
        #expect(tensors(Sketch.tensor("t", extents: [], type: 2)).contains("whole number"))
        #expect(tensors(Sketch.tensor("t", extents: [17])).contains("truncated"))
        #expect(tensors(Sketch.tensor("t", extents: [4], offset: 32)).contains("offset"))
        let first = Sketch.tensor("a", extents: [4])
        #expect(tensors(first, Sketch.tensor("b", extents: [4], offset: 32)) == "accepted")
        #expect(tensors(first, Sketch.tensor("b", extents: [4], offset: 16)).contains("offset"))
        #expect(tensors(first, Sketch.tensor("b", extents: [4], offset: 0)).contains("offset"))
        #expect(tensors(first, Sketch.tensor("a", extents: [4], offset: 32)).contains("twice"))
        let huge = Sketch.tensor("t", extents: [1 << 40, 1 << 20])
        #expect(tensors(huge).contains("truncated"))
        #expect(tensors(Sketch.tensor("t", extents: [1 << 40, 1 << 40])).contains("overflows"))
    }
}
