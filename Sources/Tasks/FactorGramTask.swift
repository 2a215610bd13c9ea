import Blobs
import Domain
import Linalg
import Methods

/// Damps a Gram and computes its inverse factor U, H⁻¹ = UᵀU.
///
/// Cost: 2/3 d³. The output holds the length of a JSON header (8 bytes, little-endian), the
/// header, and the rows of U's upper triangle in Float32.
enum FactorGramTask: TaskKind {
    static let name = TaskNames.factorGram
    // 2: a factor computed in tiles.
    static let version = 2

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(FactorGramParameters.self)
        let factor = try makeFactor(
            dampingFraction: parameters.damping, actOrder: parameters.actOrder,
            layer: parameters.label
        ) { try readGram("gram", dimension: parameters.dimension, context) }
        let header = FactorHeader(
            dimension: parameters.dimension, permutation: factor.permutation, dead: factor.dead,
            damping: factor.damping, dampingFraction: factor.dampingFraction)
        try header.write(factor, to: context)
        return Array("{}".utf8)
    }
}

/// What a stored factor says before its numbers.
struct FactorHeader: Codable {
    let dimension: Int
    let permutation: [Int]?
    let dead: [Int]
    let damping: Double
    let dampingFraction: Double

    func write(_ factor: borrowing InverseFactor, to context: TaskContext) throws {
        var text = try CanonicalJSON.encode(self)
        // Floats start at a multiple of eight bytes.
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
        let numbers = dimension * (dimension + 1) / 2
        let writer = try context.writer(for: "factor", bytes: 8 + text.count + numbers * 4)
        try writer.append((0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) })
        try writer.append(text)
        for row in 0..<dimension {
            try writer.append(
                factor.factor.bytes(ofRow: row, from: row, count: dimension - row))
        }
        try context.finish(writer, as: "factor")
    }

    static func read(
        _ input: String, layer: String, _ context: TaskContext
    ) throws -> InverseFactor {
        let blob = try context.open(input)
        guard blob.byteCount >= 8 else { throw broken(input, blob.byteCount) }
        var length = 0
        let prefix = blob.copy(0..<8)
        for index in 0..<7 { length |= Int(prefix[index]) << (8 * index) }
        guard prefix[7] == 0, length <= blob.byteCount - 8 else {
            throw broken(input, blob.byteCount)
        }
        let header = try CanonicalJSON.decode(
            FactorHeader.self, from: blob.copy(8..<8 + length))
        let dimension = header.dimension
        guard dimension > 0, dimension < 1 << 20,
            blob.byteCount == 8 + length + dimension * (dimension + 1) / 2 * 4
        else { throw broken(input, blob.byteCount) }
        var factor = Matrix(rows: dimension, columns: dimension)
        var offset = 8 + length
        let bytes = blob.bytes
        for row in 0..<dimension {
            let size = (dimension - row) * 4
            factor.decodeRow(
                row, from: row, bytes.extracting(offset..<offset + size))
            offset += size
        }
        return try InverseFactor(
            factor: factor, permutation: header.permutation, dead: header.dead,
            damping: header.damping, dampingFraction: header.dampingFraction, layer: layer)
    }

    private static func broken(_ input: String, _ bytes: Int) -> TaskError {
        .data("The input \(input) of \(bytes) bytes is no stored factor.")
    }
}
