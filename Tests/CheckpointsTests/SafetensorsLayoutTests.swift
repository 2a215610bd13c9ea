import Checkpoints
import Foundation
import Testing

@Suite struct `A planned safetensors file` {
    typealias Tensor = (name: String, elementType: String, shape: [Int])

    @Test(arguments: ["every-type", "names", "plain"])
    func `equals the reference writer's to the byte`(name: String) throws {
        let url = fixture("\(name).safetensors")
        let header = try SafetensorsHeader.read(fileAt: url)
        let tensors = header.tensors.map { ($0.name, $0.elementType, $0.shape) as Tensor }
        let layout = try SafetensorsLayout(
            tensors: tensors.reversed(),
            metadata: header.metadata,
            file: url.lastPathComponent
        )
        let file = try bytes(of: url)
        #expect(layout.headerBytes == Array(file.prefix(layout.headerBytes.count)))
        #expect(layout.totalBytes == file.count)
        #expect(Set(layout.tensors) == Set(header.tensors))
        for tensor in header.tensors {
            #expect(layout.byteRange(of: tensor.name) == tensor.byteRange)
        }
    }

    @Test func `lies without gaps in its order, and its data is aligned`() throws {
        let layout = try SafetensorsLayout(tensors: [
            ("b", "BF16", [3]), ("a", "F32", [2, 2]), ("c", "F32", [1]), ("d", "U8", [5]),
        ])
        #expect(layout.order == ["a", "c", "b", "d"])
        var end = layout.headerBytes.count
        #expect(end.isMultiple(of: 8))
        for tensor in layout.tensors {
            #expect(tensor.byteRange.lowerBound == end)
            end = tensor.byteRange.upperBound
        }
        #expect(end == layout.totalBytes)
        #expect(layout.byteRange(of: "none") == nil)
    }

    @Test func `without tensors is valid`() throws {
        let layout = try SafetensorsLayout(tensors: [])
        #expect(layout.totalBytes == layout.headerBytes.count)
    }

    @Test(
        arguments: [
            [("a", "F32", [1]), ("a", "F16", [1])], [("a", "F31", [1])], [("a", "F4", [3])],
            [("__metadata__", "F32", [1])], [("a", "F32", [-1])], [("a", "F32", [Int.max])],
            [("a", "U8", [Int.max / 2]), ("b", "U8", [Int.max / 2])],
        ] as [[Tensor]]
    )
    func `is refused when it cannot be read back`(tensors: [Tensor]) {
        #expect(throws: CheckpointError.self) { try SafetensorsLayout(tensors: tensors) }
    }
}
