import Linalg
import Models

/// Tensors that exist on paper only: of the right shapes, with numbers that are always the same.
struct PaperTensors: TensorProvider {
    private let shapes: [String: [Int]]

    /// The tensors of a model.
    init(_ model: any Architecture) {
        shapes = Dictionary(
            model.expectedTensors().map { ($0.name, $0.shape) }, uniquingKeysWith: { $1 })
    }

    func matrix(named name: String) throws -> Matrix {
        let shape = shapes[name] ?? []
        let (rows, columns) = (shape.count == 2 ? shape[0] : 1, shape.last ?? 0)
        guard shape.count == 1 || shape.count == 2 else {
            throw Finding("The model reads '\(name)', which it does not expect.")
        }
        return Self.numbers(rows: 0..<rows, columns: columns)
    }

    func matrix(named name: String, rows: Range<Int>) throws -> Matrix {
        guard let shape = shapes[name], shape.count == 2, rows.upperBound <= shape[0] else {
            throw Finding("The model reads \(rows) of '\(name)', which it does not expect.")
        }
        return Self.numbers(rows: rows, columns: shape[1])
    }

    /// From -0.5 to 0.5.
    private static func numbers(rows: Range<Int>, columns: Int) -> Matrix {
        var matrix = Matrix(rows: rows.count, columns: columns)
        var elements = matrix.mutableElements
        let first = rows.lowerBound * columns
        for place in elements.indices {
            elements[place] = Float((first + place) &* 7_919 % 1_009) / 1_009 - 0.5
        }
        return matrix
    }
}

extension FuzzTarget {
    /// Runs a model on three tokens if it is small: what was accepted must run.
    func runs(_ model: any Architecture) throws {
        guard model.hiddenSize <= 256, model.blockCount <= 4, model.parameterCount <= 300_000
        else { return }
        let tensors = PaperTensors(model)
        let tokens = (0..<Int32(min(3, model.maximumPositions))).map {
            $0 % Int32(model.vocabularySize)
        }
        var hidden = try model.embed(tokens: tokens, from: tensors)
        for block in 0..<model.blockCount {
            let taps = model.linearGroups(inBlock: block).map(\.index)
            let segment = try model.makeSegment(
                block: block, groups: 0..<4, taps: taps, tensors: tensors)
            var state = try segment.run(
                hidden: hidden, middle: Matrix(rows: 0, columns: 0), onTap: { _, _ in })
            if let made = state.hidden.take() { hidden = made }
        }
        guard !model.headTensors.isEmpty else { return }
        let losses = try model.makeHead(tensors: tensors)
            .negativeLogLikelihoods(hidden: hidden, targets: tokens)
        guard losses.count == tokens.count else { throw Finding("A token has no loss.") }
    }
}
