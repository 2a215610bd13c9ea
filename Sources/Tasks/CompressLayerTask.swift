import Blobs
import Domain
import Linalg
import Methods

/// Compresses one layer and measures what that costs.
///
/// The weight is stored in its own element type; errors are those of the stored weight.
enum CompressLayerTask: TaskKind {
    static let name = TaskNames.compressLayer
    // 2: errors from half of the Gram, in tiles.
    static let version = 2

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(
            CompressLayerParameters<CompressionMethod>.self)
        let form = parameters.weight
        let type = try form.decodable()
        guard form.shape.count == 2 else {
            throw TaskError.data("\(parameters.layer) is no matrix: its shape is \(form.shape).")
        }
        let outputs = form.shape[0], inputs = form.shape[1]
        let blob = try context.open("weight", bytes: outputs * inputs * type.byteCount)
        let weight = Matrix(
            rows: outputs, columns: inputs, showing: blob, at: 0, as: type)
        let gram: Matrix? =
            context.has("gram") ? try readGram("gram", dimension: inputs, context) : nil
        var layer = try compress(weight.copy(), parameters, gram, context)
        let bytes = layer.compressed.weight.encoded(as: type)
        if type != .float32 {
            layer.compressed.weight = Matrix(
                rows: outputs, columns: inputs, decoding: bytes, as: type)
            guard layer.compressed.weight.isFinite() else {
                throw TaskError.notFinite(
                    "\(parameters.layer): a compressed weight overflows \(form.elementType).")
            }
        }
        let writer = try context.writer(for: "weight", bytes: bytes.count)
        try writer.append(bytes)
        try context.finish(writer, as: "weight")
        let error = relativeError(weight, layer.compressed.weight, gram)
        let heldOut: Matrix? =
            context.has("held_out_gram")
            ? try readGram("held_out_gram", dimension: inputs, context) : nil
        let facts = LayerFacts(
            layer: parameters.layer, method: parameters.method.name, outputs: outputs,
            inputs: inputs, error: error,
            heldOutError: relativeError(weight, layer.compressed.weight, heldOut),
            sparsity: layer.compressed.sparsity,
            bitsPerWeight: bitsPerWeight(parameters.method, inputs: inputs),
            damping: layer.damping, deadColumns: layer.deadColumns)
        return try CanonicalJSON.encode(facts)
    }

    private struct Outcome: ~Copyable {
        var compressed: CompressedLayer
        let damping: Double?
        let deadColumns: Int?
    }

    private static func compress(
        _ weight: consuming Matrix,
        _ parameters: CompressLayerParameters<CompressionMethod>, _ gram: borrowing Matrix?,
        _ context: TaskContext
    ) throws -> Outcome {
        let method = parameters.method
        if method.needsFactor {
            let read = try FactorHeader.read("factor", layer: parameters.layer, context)
            guard read.dimension == weight.columns else {
                throw TaskError.data(
                    "\(parameters.layer) has \(weight.columns) inputs; its factor is for "
                        + "\(read.dimension).")
            }
            let (damping, dead) = (read.dampingFraction, read.dead.count)
            let factor: InverseFactor? = consume read
            let compressed = try Methods.compress(
                weight, method: method, gramDiagonal: nil, factor: factor,
                layer: parameters.layer)
            return Outcome(compressed: compressed, damping: damping, deadColumns: dead)
        }
        let diagonal = diagonal(gram)
        let compressed = try Methods.compress(
            weight, method: method, gramDiagonal: diagonal?.span, factor: nil,
            layer: parameters.layer)
        return Outcome(
            compressed: compressed, damping: nil,
            deadColumns: diagonal.map { list in list.count { $0 == 0 } })
    }

    private static func diagonal(_ gram: borrowing Matrix?) -> [Float]? {
        switch gram {
        case .some(let matrix): (0..<matrix.rows).map { matrix[$0, $0] }
        case .none: nil
        }
    }

    private static func relativeError(
        _ original: borrowing Matrix, _ compressed: borrowing Matrix, _ gram: borrowing Matrix?
    ) -> Double? {
        switch gram {
        case .some(let matrix):
            relativeOutputError(original: original, compressed: compressed, gram: matrix)
        case .none: nil
        }
    }

    /// Codes, one 16-bit scale a group and, when asymmetric, one zero point of as many bits.
    private static func bitsPerWeight(_ method: CompressionMethod, inputs: Int) -> Double? {
        switch method {
        case .roundToNearest(let options), .gptq(let options):
            let groups = Double(options.groupCount(inputs: inputs))
            let perGroup = 16 + (options.symmetric ? 0 : Double(options.bits))
            return Double(options.bits) + groups * perGroup / Double(inputs)
        case .magnitude, .wanda, .sparseGPT: return nil
        }
    }
}
