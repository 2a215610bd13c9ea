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
            let partial = try context.open(TaskNames.partial(index), bytes: count * 4)
            sum.add(triangleBytes: partial.bytes)
        }
        let writer = try context.writer(for: "gram", bytes: count * 4)
        try sum.writePackedTriangle { try writer.append($0) }
        try context.finish(writer, as: "gram")
        return Array("{}".utf8)
    }
}

/// An input that holds a packed Gram, as a full symmetric matrix.
func readGram(_ input: String, dimension: Int, _ context: TaskContext) throws -> Matrix {
    let blob = try context.open(input, bytes: dimension * (dimension + 1) / 2 * 4)
    return symmetricMatrix(dimension: dimension, packedBytes: blob.bytes)
}
