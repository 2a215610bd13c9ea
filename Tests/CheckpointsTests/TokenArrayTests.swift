import Checkpoints
import Foundation
import Testing

@Suite struct `Arrays of token ids` {
    @Test func `are read from NumPy's files`() throws {
        let vector = try NumpyArray.read(fileAt: fixture("vector-int64.npy"))
        #expect(vector == TokenArray(rows: 1, columns: 7, tokens: [0, 3, 6, 9, 12, 15, 18]))
        let matrix = try NumpyArray.read(fileAt: fixture("matrix-int32.npy"))
        #expect(matrix == TokenArray(rows: 2, columns: 3, tokens: [0, 1, 2, 3, 4, 5]))
        #expect(Array(matrix.row(1)) == [3, 4, 5])
    }

    @Test(arguments: ["matrix-fortran", "vector-float32", "vector-too-large"])
    func `of another kind are refused`(name: String) {
        #expect(throws: CheckpointError.self) {
            try NumpyArray.read(fileAt: fixture("\(name).npy"))
        }
    }

    @Test func `are refused when the file is cut off or damaged`() throws {
        let scratch = try ScratchFolder()
        let whole = try bytes(of: fixture("matrix-int32.npy"))
        for count in [0, 5, 11, 60, whole.count - 1] {
            let file = try scratch.write(Array(whole.prefix(count)), to: "cut.npy")
            #expect(throws: CheckpointError.self) { try NumpyArray.read(fileAt: file) }
        }
        let longer = try scratch.write(whole + [0], to: "long.npy")
        #expect(throws: CheckpointError.self) { try NumpyArray.read(fileAt: longer) }
        for place in 0..<128 {
            var changed = whole
            changed[place] ^= 0x11
            let file = try scratch.write(changed, to: "changed.npy")
            // Anything may come out but a crash.
            _ = try? NumpyArray.read(fileAt: file)
        }
    }

    @Test func `are read from safetensors files`() throws {
        let expected = TokenArray(rows: 2, columns: 4, tokens: [0, 1, 2, 3, 4, 5, 6, 7])
        let url = fixture("tokens.safetensors")
        #expect(try TokenArray.read(safetensorsAt: url) == expected)
        #expect(try TokenArray.read(safetensorsAt: url, tensor: "ids") == expected)
        #expect(throws: CheckpointError.self) {
            try TokenArray.read(safetensorsAt: url, tensor: "none")
        }
        #expect(throws: CheckpointError.self) {
            try TokenArray.read(safetensorsAt: fixture("every-type.safetensors"))
        }
    }
}
