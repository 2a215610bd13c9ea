import Checkpoints
import Foundation
import Testing

/// A header of one tensor.
private func entry(_ name: String, _ type: String, _ shape: String, _ offsets: String) -> String {
    #"{"\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[\#(offsets)]}}"#
}

/// One header of two.
private func joined(_ first: String, _ second: String) -> String {
    "\(first.dropLast()),\(second.dropFirst())"
}

@Suite struct `A safetensors header` {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func read(_ text: String, data: Int) throws -> SafetensorsHeader {
        try SafetensorsHeader.read(
            fileAt: scratch.write(safetensors(text, data: data), to: "x.safetensors")
        )
    }

    @Test func `of the reference writer is read`() throws {
        let header = try SafetensorsHeader.read(fileAt: fixture("plain.safetensors"))
        #expect(header.tensors.map(\.name) == ["v", "w"])
        let w = try #require(header.tensors.last)
        #expect(w.shape == [2, 3])
        #expect(w.elementType == "F32")
        #expect(w.elementCount == 6)
        #expect(w.file == "plain.safetensors")
        #expect(w.byteRange == header.dataOffset..<header.dataOffset + 24)
        #expect(header.metadata.isEmpty)
    }

    @Test func `keeps metadata, scalars, empty tensors and odd names`() throws {
        let header = try SafetensorsHeader.read(fileAt: fixture("names.safetensors"))
        #expect(header.metadata == ["format": "pt"])
        let shapes = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0.shape) })
        #expect(shapes["quote \" backslash \\ slash /"] == [])
        #expect(shapes["tab \t newline \n bell \u{07} delete \u{7F}"] == [2])
        #expect(shapes["Schiffbrüche → 🛶"] == [3])
        #expect(shapes["empty"] == [0, 5])
    }

    @Test func `of a file without tensors is valid`() throws {
        #expect(try read("{}", data: 0).tensors.isEmpty)
    }

    @Test(arguments: [
        // dtype, shape and offsets that are wrong in themselves
        #"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":5,"shape":[1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[2305843009213693952],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#,
        entry("a", "U8", "[4]", "9223372036854775803,9223372036854775807"),
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}"#,
        #"{"a":{"dtype":"F32","shape":[1]}}"#,
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}"#,
        #"{"a":7}"#,
        // tensors that do not fit together
        joined(entry("a", "U8", "[2]", "0,2"), entry("b", "U8", "[3]", "1,4")),
        joined(entry("a", "U8", "[2]", "0,2"), entry("b", "U8", "[1]", "3,4")),
        #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#,
        joined(entry("a", "U8", "[4]", "0,4"), entry("a", "U8", "[4]", "0,4")),
        // the text
        #"{"__metadata__":{"format":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        #"{"__metadata__":"pt","a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        #"[]"#, #" {}"#, #""#, #"{"a":"#,
    ])
    func `is refused when it breaks the format`(text: String) {
        #expect(throws: CheckpointError.self) { try read(text, data: 4) }
    }

    @Test func `names file and tensor in its errors`() {
        let text = #"{"a.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#
        #expect {
            try read(text, data: 8)
        } throws: { error in
            let sentence = "\(error)"
            return sentence.contains("x.safetensors") && sentence.contains("'a.weight'")
                && sentence.contains("needs 4 bytes")
        }
    }

    @Test func `of a file that is cut off says how much is missing`() throws {
        let text = #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#
        #expect(
            throws: CheckpointError.truncated(
                file: "x.safetensors",
                promised: 8 + text.utf8.count + 16,
                found: 8 + text.utf8.count + 15
            )
        ) { try read(text, data: 15) }
    }

    @Test func `of a file that is too long is refused`() {
        let text = #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#
        #expect(throws: CheckpointError.self) { try read(text, data: 17) }
    }

    @Test(arguments: [0, 7, 8, 9, 40])
    func `of any beginning of a file is refused`(count: Int) throws {
        let whole = try bytes(of: fixture("plain.safetensors"))
        let file = try scratch.write(Array(whole.prefix(count)), to: "cut.safetensors")
        #expect(throws: CheckpointError.self) { try SafetensorsHeader.read(fileAt: file) }
    }

    @Test(arguments: [UInt64.max, 100_000_001, 1 << 63])
    func `that claims to be huge is refused before it is read`(length: UInt64) throws {
        let start = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
        let file = try scratch.write(start + Array("{}".utf8), to: "huge.safetensors")
        #expect(throws: CheckpointError.self) { try SafetensorsHeader.read(fileAt: file) }
    }

    @Test func `with a name beyond the limit is refused`() throws {
        func text(_ count: Int) -> String {
            let name = String(repeating: "n", count: count)
            return #"{"\#(name)":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#
        }
        _ = try read(text(SafetensorsHeader.nameBytesMax), data: 4)
        #expect(throws: CheckpointError.self) {
            try read(text(SafetensorsHeader.nameBytesMax + 1), data: 4)
        }
    }

    @Test func `survives every change of one byte`() throws {
        let whole = try bytes(of: fixture("plain.safetensors"))
        let original = try SafetensorsHeader.read(fileAt: fixture("plain.safetensors"))
        for place in 0..<original.dataOffset {
            var changed = whole
            changed[place] ^= 0x15
            let file = try scratch.write(changed, to: "changed.safetensors")
            guard let header = try? SafetensorsHeader.read(fileAt: file) else { continue }
            // What is still accepted must at least lie inside the file.
            for tensor in header.tensors {
                #expect(tensor.byteRange.upperBound <= changed.count)
            }
        }
    }

    @Test func `of a folder or a missing file is an error`() {
        #expect(throws: CheckpointError.self) { try SafetensorsHeader.read(fileAt: scratch.url) }
        let missing = scratch.url.appendingPathComponent("none.safetensors")
        #expect(throws: CheckpointError.self) { try SafetensorsHeader.read(fileAt: missing) }
    }
}
