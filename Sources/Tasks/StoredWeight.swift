import Blobs
import Domain
import Linalg

/// A layer's weight as its tensor holds it: by outputs, or by inputs and then transposed.
struct StoredWeight {
    let outputs: Int
    let inputs: Int
    let type: ElementType
    private let blob: MappedBlob
    private let isByInputs: Bool

    /// Opens the input "weight"; throws when it is no matrix or its bytes do not fit.
    init<Method>(_ parameters: CompressLayerParameters<Method>, _ context: TaskContext) throws {
        let form = parameters.weight
        type = try form.decodable()
        guard form.shape.count == 2 else {
            throw TaskError.data("\(parameters.layer) is no matrix: its shape is \(form.shape).")
        }
        isByInputs = parameters.isStoredByInputs ?? false
        (outputs, inputs) =
            isByInputs
            ? (form.shape[1], form.shape[0]) : (form.shape[0], form.shape[1])
        blob = try context.open("weight", bytes: outputs * inputs * type.byteCount)
    }

    /// The whole weight in memory of its own, outputs × inputs.
    func matrix() -> Matrix {
        guard isByInputs else {
            return Matrix(rows: outputs, columns: inputs, decoding: blob.bytes, as: type)
        }
        return stored().transposed()
    }

    /// Some outputs of it, outputs.count × inputs.
    func rows(_ outputs: Range<Int>) -> Matrix {
        guard isByInputs else {
            return Matrix(
                rows: outputs.count, columns: inputs, showing: blob,
                at: outputs.lowerBound * inputs * type.byteCount, as: type)
        }
        return transposedBlock(of: stored(), columns: outputs)
    }

    private func stored() -> Matrix {
        Matrix(rows: inputs, columns: outputs, showing: blob, at: 0, as: type)
    }

    /// The bytes of a weight of this form, outputs × inputs.
    func encoded(_ weight: borrowing Matrix) -> [UInt8] {
        guard isByInputs else { return weight.encoded(as: type) }
        return weight.transposed().encoded(as: type)
    }

    /// Replaces a weight by what its encoded bytes hold.
    func restore(_ weight: inout Matrix, from bytes: [UInt8]) {
        guard isByInputs else {
            weight.replace(decoding: bytes, as: type)
            return
        }
        weight = Matrix(rows: inputs, columns: outputs, decoding: bytes, as: type).transposed()
    }
}
