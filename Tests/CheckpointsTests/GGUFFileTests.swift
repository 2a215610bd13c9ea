import Checkpoints
import Foundation
import Linalg
import Testing

@Suite struct `A GGUF file` {
    private let kinds = fixture("kinds.gguf")

    @Test func `of the reference writer is read`() throws {
        let file = try GGUFFile.open(at: kinds)
        let metadata = file.header.metadata
        #expect(file.header.version == 3)
        #expect(file.header.alignment == 64)
        #expect(metadata.keys.first == "general.architecture")
        #expect(metadata["general.architecture"]?.text == "fixture")
        #expect(metadata["a.uint8"] == .uint8(200))
        #expect(metadata["a.int8"] == .int8(-100))
        #expect(metadata["a.uint16"] == .uint16(60_000))
        #expect(metadata["a.int16"] == .int16(-30_000))
        #expect(metadata["a.uint32"] == .uint32(4_000_000_000))
        #expect(metadata["a.int32"]?.integer == -2_000_000_000)
        #expect(metadata["a.float32"] == .float32(1e-5))
        #expect(metadata["a.true"]?.flag == true)
        #expect(metadata["a.false"]?.flag == false)
        #expect(metadata["a.text"]?.text == "Schiffbrüche → 🛶")
        #expect(metadata["a.uint64"] == .uint64(.max))
        #expect(metadata["a.uint64"]?.integer == nil)
        #expect(metadata["a.int64"] == .int64(.min))
        #expect(metadata["a.float64"]?.number == 0.1)
        #expect(metadata["a.texts"] == .texts(["a b", "", "Ġc"]))
        #expect(metadata["a.integers"]?.elements?.map(\.integer) == [1, -2, 3])
        #expect(metadata["a.numbers"]?.elements?.map(\.number) == [0.5, -1.5])
        #expect(metadata["a.flags"]?.elements?.map(\.flag) == [true, false])
        let nested = metadata["a.nested"]?.elements?.compactMap(\.elements)
        #expect(nested?.map { $0.map(\.integer) } == [[1, 2], [3]])
        #expect(file.header.tensors.map(\.name) == ["vector", "matrix", "stack"])
        #expect(file.header.tensors.map(\.shape) == [[3], [2, 5], [2, 3, 32]])
        #expect(file.header.tensors.map(\.elementType) == ["F32", "F16", "Q8_0"])
    }

    @Test func `gives a tensor by rows`() throws {
        let file = try GGUFFile.open(at: kinds)
        let matrix = try file.matrix(of: #require(file.tensor("matrix")), rows: 1..<2)
        #expect(matrix.rows == 1)
        #expect((0..<5).map { matrix[0, $0] } == [5, 6, 7, 8, 9])
        let stack = try file.matrix(of: #require(file.tensor("stack")))
        #expect(stack.rows == 6)
        let last = try file.matrix(of: #require(file.tensor("stack")), rows: 5..<6)
        #expect((0..<32).map { last[0, $0] } == (0..<32).map { stack[5, $0] })
        #expect(try file.bytes(of: #require(file.tensor("vector"))).count == 12)
        #expect(file.tensor("none") == nil)
    }

    @Test(arguments: [
        "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL",
        "BF16", "F16",
    ])
    func `holds values as the reference reads them, to the bit`(type: String) throws {
        let file = try GGUFFile.open(at: fixture("blocks.gguf"))
        let expected = try file.matrix(of: #require(file.tensor("\(type).values")))
        let tensor = try #require(file.tensor(type))
        #expect(tensor.shape == [3, 512])
        #expect(tensor.elementType == type)
        let found = try file.matrix(of: tensor)
        #expect(differences(found, expected) == 0)
    }

    @Test(arguments: ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "BF16", "F16"])
    func `holds blocks as we round them, to the bit`(type: String) throws {
        let file = try GGUFFile.open(at: fixture("rounding.gguf"))
        let x = try file.matrix(of: #require(file.tensor("x")))
        let expected = try file.bytes(of: #require(file.tensor(type)))
        if let plain = ElementType(rawValue: type) {
            #expect(x.encoded(as: plain) == expected)
        } else {
            let format = try #require(BlockFormat(rawValue: type))
            #expect(try BlockRow(rounding: x.elements, to: format).packed() == expected)
        }
    }

    @Test func `has types of known numbers and sizes`() {
        #expect(Set(GGUFTensorType.allCases.map(\.id)).count == GGUFTensorType.allCases.count)
        for type in GGUFTensorType.allCases {
            #expect(GGUFTensorType(id: type.id) == type)
            if let format = type.blockFormat {
                #expect(type.elementsPerBlock == format.elementsPerBlock)
                #expect(type.bytesPerBlock == format.bytesPerBlock)
            }
        }
        for format in BlockFormat.allCases {
            #expect(GGUFTensorType(rawValue: format.rawValue) != nil)
        }
        for removed: UInt32 in [4, 5, 9, 15, 31, 32, 33, 36, 37, 38, 1000] {
            #expect(GGUFTensorType(id: removed) == nil)
        }
    }

    private func differences(_ a: borrowing Matrix, _ b: borrowing Matrix) -> Int {
        guard a.rows == b.rows, a.columns == b.columns else { return Int.max }
        var count = 0
        for r in 0..<a.rows {
            for c in 0..<a.columns where a[r, c].bitPattern != b[r, c].bitPattern { count += 1 }
        }
        return count
    }
}
