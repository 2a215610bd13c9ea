public import Linalg

/// Gives the tensors of a checkpoint by name, as Float32.
public protocol TensorProvider {
    /// The whole tensor, rows × columns; a tensor of one extent n comes as 1 × n.
    ///
    /// - Throws: when the tensor is missing, cannot be read or has another number of extents.
    func matrix(named name: String) throws -> Matrix

    /// Some rows of a tensor of two extents, rows.count × columns.
    ///
    /// - Throws: as `matrix(named:)`, and when the rows are not within the tensor.
    func matrix(named name: String, rows: Range<Int>) throws -> Matrix
}

extension TensorProvider {
    /// The whole tensor after a check of its shape; throws `ModelError.tensorShape`.
    func matrix(named name: String, rows: Int, columns: Int) throws -> Matrix {
        let matrix = try matrix(named: name)
        guard matrix.rows == rows, matrix.columns == columns else {
            throw ModelError.tensorShape(
                name: name,
                expected: [rows, columns],
                found: [matrix.rows, matrix.columns]
            )
        }
        return matrix
    }

    /// A tensor of one extent after a check of its size; throws `ModelError.tensorShape`.
    func vector(named name: String, count: Int) throws -> [Float] {
        let matrix = try matrix(named: name, rows: 1, columns: count)
        let elements = matrix.elements
        return elements.indices.map { elements[$0] }
    }
}
