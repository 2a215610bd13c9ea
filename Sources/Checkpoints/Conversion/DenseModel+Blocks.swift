public import Domain
import Linalg

extension DenseModel {
    /// The bytes of a tensor as a GGUF file holds it: rows and numbers changed as the architecture
    /// wants it; codes go into blocks as they are where the blocks' grid is theirs, and other
    /// matrices are rounded to blocks one row at a time.
    ///
    /// - Parameters:
    ///   - form: one of `forms`.
    ///   - plan: the model in GGUF, which must have a place for the tensor.
    ///   - type: the name of the type to store, "Q4_0".
    /// - Returns: the bytes, and whether they are a quantised layer's own codes.
    /// - Throws: `CheckpointError.malformedTensor` for integers and for numbers that the type
    ///   cannot hold.
    public func bytes(
        of form: TensorForm, in plan: GGUFModel, as type: String
    ) throws(CheckpointError) -> (bytes: [UInt8], areCodes: Bool) {
        guard let change = plan.change(writing: form.name),
            let stored = ElementType(rawValue: form.elementType),
            let target = GGUFTensorType(rawValue: type)
        else {
            throw .malformedTensor(
                file: "", tensor: form.name,
                reason: "its element type \(form.elementType) has no place in GGUF")
        }
        let rowsMoved = change.rowOrder?.count ?? form.shape.first
        guard form.shape.allSatisfy({ $0 > 0 }), form.shape.first == rowsMoved else {
            throw .malformedTensor(
                file: "", tensor: form.name,
                reason: "its shape \(form.shape) is not what the architecture calls for")
        }
        if let format = target.blockFormat, change.addend == 0,
            let blocks = try linear(of: form)?.blocks(format)
        {
            return (change.reorderingRows(of: blocks), true)
        }
        let columns = form.shape.last ?? 1
        let rows = form.shape.dropLast().reduce(1, *)
        var matrix = Matrix(
            rows: rows, columns: columns, decoding: try bytes(of: form), as: stored)
        if change.addend != 0 {
            var elements = matrix.mutableElements
            for i in elements.indices { elements[i] += change.addend }
        }
        guard let format = target.blockFormat else {
            let bytes = matrix.encoded(as: target.elementType ?? .float32)
            return (change.reorderingRows(of: bytes), false)
        }
        var packed: [UInt8] = []
        do {
            for row in 0..<rows {
                packed += try BlockRow(rounding: matrix.row(row), to: format).packed()
            }
        } catch {
            throw .malformedTensor(file: "", tensor: form.name, reason: "\(error)")
        }
        return (change.reorderingRows(of: packed), false)
    }
}

extension GGUFModel {
    /// The bytes of `rope_freqs.weight`; empty where there is none.
    public var ropeFactorBytes: [UInt8] { encodedNumbers(ropeFactors ?? [], as: .float32) }
}

extension GGUFTensorType {
    /// This type, or F16 where rows of the shape are no whole blocks of it, as llama.cpp's own
    /// tools choose.
    public func fitting(_ shape: [Int]) -> GGUFTensorType {
        guard let format = blockFormat, let columns = shape.last,
            !columns.isMultiple(of: format.elementsPerBlock)
        else { return self }
        return .float16
    }
}
