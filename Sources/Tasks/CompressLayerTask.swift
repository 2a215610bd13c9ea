import Blobs
import Checkpoints
import Domain
import Linalg
import Methods

/// Outputs of a layer that are looked at together while its error is measured.
enum LayerTile {
    static let rows = 1_024
}

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
        let original = try StoredWeight(parameters, context)
        var layer = try compress(original.matrix(), parameters, context)
        if let codes = parameters.codes {
            let linear = try LayerCodes.linear(layer.compressed, codes, layer: parameters.layer)
            try LayerCodes.write(linear, codes.formats, layer: parameters.layer, context)
            // What loaders of the codes compute with, which rounds in the scales' type.
            layer.compressed.weight = linear.dequantized()
        }
        let bytes = original.encoded(layer.compressed.weight)
        if original.type != .float32 {
            original.restore(&layer.compressed.weight, from: bytes)
            guard layer.compressed.weight.isFinite() else {
                throw TaskError.notFinite(
                    "\(parameters.layer): a compressed weight overflows "
                        + "\(parameters.weight.elementType).")
            }
        }
        let writer = try context.writer(for: "weight", bytes: bytes.count)
        try writer.append(bytes)
        try context.finish(writer, as: "weight")
        let error = try relativeError(original, layer.compressed.weight, "gram", context)
        let heldOutError = try relativeError(
            original, layer.compressed.weight, "held_out_gram", context)
        let facts = LayerFacts(
            layer: parameters.layer, method: parameters.method.name, outputs: original.outputs,
            inputs: original.inputs, error: error,
            heldOutError: heldOutError,
            sparsity: layer.compressed.sparsity,
            bitsPerWeight: bitsPerWeight(parameters.method, inputs: original.inputs),
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
        _ parameters: CompressLayerParameters<CompressionMethod>, _ context: TaskContext
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
        let gram: Matrix? =
            context.has("gram")
            ? try readGram("gram", dimension: weight.columns, context) : nil
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

    /// Goes through the outputs in runs, so that the original is never decoded as a whole.
    private static func relativeError(
        _ original: StoredWeight, _ compressed: borrowing Matrix, _ input: String,
        _ context: TaskContext
    ) throws -> Double? {
        guard context.has(input) else { return nil }
        let inputs = compressed.columns
        let gram = try readGram(input, dimension: inputs, context)
        var error = OutputError()
        for start in stride(from: 0, to: compressed.rows, by: LayerTile.rows) {
            let rows = start..<min(start + LayerTile.rows, compressed.rows)
            error.add(
                original: original.rows(rows),
                compressed: compressed.copy(rows: rows), gram: gram)
        }
        return error.relative
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
