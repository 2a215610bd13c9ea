import Blobs
import Domain
import Linalg

/// Adds the partial Grams of all shards, in the shards' order, in Float64.
enum ReduceGramTask: TaskKind {
    static let name = TaskNames.reduceGram
    static let version = 1

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(ReduceGramParameters.self)
        let count = parameters.dimension * (parameters.dimension + 1) / 2
        var sum = GramAccumulator(dimension: parameters.dimension)
        for index in 0..<parameters.partials {
            let partial = try readFloats(TaskNames.partial(index), count: count, context)
            sum.add(triangle: partial.elements)
        }
        let triangle = sum.packedTriangle()
        let writer = try context.writer(for: "gram", bytes: count * 4)
        try writer.append(float32Bytes(triangle))
        try context.finish(writer, as: "gram")
        return Array("{}".utf8)
    }
}

/// An input of `count` Float32 numbers as one row.
func readFloats(_ input: String, count: Int, _ context: TaskContext) throws -> Matrix {
    let blob = try context.open(input, bytes: count * 4)
    return Matrix(rows: 1, columns: count, decoding: blob.bytes, as: .float32)
}

/// An input that holds a packed Gram, as a full symmetric matrix.
func readGram(_ input: String, dimension: Int, _ context: TaskContext) throws -> Matrix {
    let packed = try readFloats(input, count: dimension * (dimension + 1) / 2, context)
    return symmetricMatrix(dimension: dimension, packedTriangle: packed.elements)
}
