import Blobs
import Domain
import Linalg
import Models

/// The tensors that came as inputs of a task, decoded to Float32 as they are asked for.
struct BlobTensors: TensorProvider {
    private let blobs: [String: MappedBlob]
    private let forms: [String: TensorForm]

    init(_ forms: [TensorForm], in context: TaskContext) throws {
        var blobs: [String: MappedBlob] = [:]
        var byName: [String: TensorForm] = [:]
        for form in forms {
            let type = try form.decodable()
            blobs[form.name] = try context.open(
                TaskNames.tensor(form.name),
                bytes: form.shape.reduce(1, *) * type.byteCount)
            byName[form.name] = form
        }
        self.blobs = blobs
        self.forms = byName
    }

    func matrix(named name: String) throws -> Matrix {
        let (rows, _) = try extents(name)
        return try matrix(named: name, rows: 0..<rows)
    }

    func matrix(named name: String, rows: Range<Int>) throws -> Matrix {
        let (count, columns) = try extents(name)
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count)
        guard let blob = blobs[name], let form = forms[name] else {
            throw TaskError.missingInput(TaskNames.tensor(name))
        }
        let type = try form.decodable()
        let width = columns * type.byteCount
        return Matrix(
            rows: rows.count, columns: columns, showing: blob, at: rows.lowerBound * width,
            as: type)
    }

    /// A one-dimensional tensor counts as one row.
    private func extents(_ name: String) throws -> (rows: Int, columns: Int) {
        guard let form = forms[name] else {
            throw TaskError.missingInput(TaskNames.tensor(name))
        }
        switch form.shape.count {
        case 1: return (1, form.shape[0])
        case 2: return (form.shape[0], form.shape[1])
        default:
            throw TaskError.data(
                "The tensor \(name) has \(form.shape.count) dimensions; one or two were "
                    + "expected.")
        }
    }
}

extension TensorForm {
    /// The element type, if it is one that this version computes with.
    func decodable() throws(TaskError) -> ElementType {
        guard let type = ElementType(rawValue: elementType) else {
            throw .data(
                "The tensor \(name) is \(elementType); F32, BF16 and F16 are supported.")
        }
        return type
    }
}
