import Domain
import Linalg

/// Looks through a quantised checkpoint for what would make it fail, or worse, answer wrongly.
///
/// Engines take a missing scale for zeros and break some prompts only, so every layer is read.
public struct QuantizedCheckpointCheck: Sendable {
    /// The most findings that are listed; beyond them one sentence says that there are more.
    public static let findingsMax = 1_000
    /// Bytes that are read at once of tensors that are not codes.
    private static let pieceBytes = 32 << 20

    private let checkpoint: QuantizedCheckpoint
    private let linears: Set<String>

    /// Prepares a check.
    ///
    /// - Parameters:
    ///   - checkpoint: the checkpoint.
    ///   - linears: the names of all linear layers that the architecture has; without them, the
    ///     default, only layers that have codes are looked at, and a layer whose tensors are all
    ///     missing is not noticed.
    public init(_ checkpoint: QuantizedCheckpoint, linears: [String] = []) {
        self.checkpoint = checkpoint
        self.linears = Set(linears)
    }

    /// Reads every tensor once and says what is wrong.
    ///
    /// - Parameter read: gives the bytes of a tensor, or of a piece of one: as many as the range
    ///   of the reference says.
    /// - Returns: one sentence for each finding; empty when the checkpoint is sound.
    public func findings(
        read: (TensorReference) throws(CheckpointError) -> [UInt8]
    ) -> [String] {
        var findings: [String] = []
        var schemes: [String: QuantizationScheme?] = [:]
        for layer in checkpoint.layers {
            do {
                let linear = try checkpoint.linear(layer, read: read)
                schemes[layer] = linear.scheme
            } catch {
                findings.append(sentence(error))
            }
            if checkpoint.tensors[layer + ".weight"] != nil {
                findings.append(
                    "The layer \(layer) has codes and a dense weight as well: remove the latter.")
            }
        }
        findings += strayTensors()
        for layer in linears.subtracting(checkpoint.layers)
        where checkpoint.tensors[layer + ".weight"] != nil {
            schemes[layer] = .some(nil)
        }
        findings += missingLayers()
        findings += FusedSets.problems(schemes)
        findings += nonFiniteTensors(read)
        guard findings.count > Self.findingsMax else { return findings }
        let rest = findings.count - Self.findingsMax
        return findings.prefix(Self.findingsMax) + ["There are \(rest) findings more."]
    }

    /// Tensors of layers that have no codes: scales without a weight, for instance.
    private func strayTensors() -> [String] {
        let known = Set(checkpoint.layers)
        let parts = QuantizedCheckpoint.parts(checkpoint.format).dropFirst()
        let names = checkpoint.tensors.keys.sorted { $0.precedesBytewise($1) }
        return names.compactMap { name -> String? in
            guard let part = parts.first(where: { name.hasSuffix("." + $0) }),
                !known.contains(String(name.dropLast(part.count + 1)))
            else { return nil }
            return "The tensor \(name) belongs to a layer that has no codes."
        }
    }

    /// Layers that the configuration calls quantised and that have no codes.
    private func missingLayers() -> [String] {
        linears.subtracting(checkpoint.layers).sorted { $0.precedesBytewise($1) }
            .compactMap(missing)
    }

    private func missing(_ layer: String) -> String? {
        do {
            guard try checkpoint.scheme(of: layer) == nil else {
                return "The configuration says that the layer \(layer) is quantised, and it has "
                    + "no codes."
            }
            // A tied head has no tensor of its own.
            let isThere = checkpoint.tensors[layer + ".weight"] != nil || layer == "lm_head"
            return isThere ? nil : "The layer \(layer) has neither codes nor a dense weight."
        } catch {
            return sentence(error)
        }
    }

    /// Tensors of floating point with NaN or infinite numbers, other than layers' scales.
    private func nonFiniteTensors(
        _ read: (TensorReference) throws(CheckpointError) -> [UInt8]
    ) -> [String] {
        let scales = Set(checkpoint.layers.flatMap { checkpoint.tensors(of: $0).map(\.name) })
        let others = checkpoint.tensors.values.filter { !scales.contains($0.name) }
        var findings: [String] = []
        for tensor in others.sorted(by: { $0.name.precedesBytewise($1.name) }) {
            guard let type = ElementType(rawValue: tensor.elementType) else { continue }
            do {
                guard try !isFinite(tensor, type, read) else { continue }
                findings.append("The tensor \(tensor.name) holds a NaN or an infinity.")
            } catch {
                findings.append(sentence(error))
            }
        }
        return findings
    }

    /// Reads in pieces: an embedding may have gigabytes.
    private func isFinite(
        _ tensor: TensorReference, _ type: ElementType,
        _ read: (TensorReference) throws(CheckpointError) -> [UInt8]
    ) throws(CheckpointError) -> Bool {
        let range = tensor.byteRange
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.pieceBytes) {
            let bytes = start..<min(start + Self.pieceBytes, range.upperBound)
            let count = bytes.count / type.byteCount
            let piece = TensorReference(
                name: tensor.name, file: tensor.file, shape: [count],
                elementType: tensor.elementType, byteRange: bytes)
            let found = try read(piece)
            guard found.count == bytes.count else {
                throw .truncated(file: tensor.file, promised: bytes.count, found: found.count)
            }
            guard Matrix(rows: 1, columns: count, decoding: found, as: type).isFinite() else {
                return false
            }
        }
        return true
    }

    private func sentence(_ error: CheckpointError) -> String {
        let text = error.description
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}
