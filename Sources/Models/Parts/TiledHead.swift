import Glibc
import Linalg

/// Final norm, if there is one, and output projection in tiles of the vocabulary, so that
/// n × vocabulary logits never exist at once.
final class TiledHead: ModelHead {
    /// Rows of the output projection in a tile; a constant, since it fixes the order of sums.
    static let tileRows = 4_096

    private let norm: Norm?
    private let projection: DenseLinear?
    private let tiles: [DenseLinear]
    private let softCap: Float?
    private let hiddenSize: Int
    private let vocabularySize: Int

    init(
        _ blueprint: HeadBlueprint,
        hiddenSize: Int,
        vocabularySize: Int,
        from tensors: any TensorProvider
    ) throws {
        norm = try blueprint.norm.map { try Norm($0, from: tensors) }
        projection = try blueprint.projection.map { try DenseLinear($0, from: tensors) }
        softCap = blueprint.softCap
        self.hiddenSize = hiddenSize
        self.vocabularySize = vocabularySize
        tiles = try stride(from: 0, to: vocabularySize, by: Self.tileRows).map { start in
            let rows = start..<min(start + Self.tileRows, vocabularySize)
            let tile = try tensors.matrix(named: blueprint.output, rows: rows)
            guard tile.rows == rows.count, tile.columns == blueprint.width else {
                throw ModelError.tensorShape(
                    name: blueprint.output,
                    expected: [vocabularySize, blueprint.width],
                    found: [start + tile.rows, tile.columns]
                )
            }
            return DenseLinear(weight: tile)
        }
    }

    func negativeLogLikelihoods(
        hidden: borrowing Matrix,
        targets: [Int32]
    ) throws -> [Double] {
        try check(hidden)
        guard targets.count == hidden.rows else {
            throw ModelError.wrongState(
                reason: "\(targets.count) targets were given for \(hidden.rows) rows"
            )
        }
        for (position, token) in targets.enumerated()
        where token < 0 || Int(token) >= vocabularySize {
            throw ModelError.tokenOutOfRange(
                token: token,
                position: position,
                vocabularySize: vocabularySize
            )
        }
        let normed = prepared(hidden)
        var logSums = [Double](repeating: -.infinity, count: targets.count)
        var targetLogits = [Double](repeating: 0, count: targets.count)
        for (index, tile) in tiles.enumerated() {
            let logits = logits(tile, normed)
            let first = index * Self.tileRows
            accumulate(logits, into: &logSums)
            for row in targets.indices {
                let column = Int(targets[row]) - first
                guard 0..<logits.columns ~= column else { continue }
                targetLogits[row] = Double(logits[row, column])
            }
        }
        return zip(logSums, targetLogits).map { $0 - $1 }
    }

    /// logSums ← ln(e^logSums + Σ e^logits), row by row, with Float64 sums.
    private func accumulate(_ logits: borrowing Matrix, into logSums: inout [Double]) {
        // The likelihood of column 0 is its logit less the tile's log-sum, which gives the latter.
        let first = [Int32](repeating: 0, count: logits.rows)
        let losses = Linalg.negativeLogLikelihoods(logits: logits, targets: first.span)
        for row in logSums.indices {
            let tile = losses[row] + Double(logits[row, 0])
            let (larger, smaller) = (max(tile, logSums[row]), min(tile, logSums[row]))
            logSums[row] = larger + log1p(exp(smaller - larger))
        }
    }

    func logits(hidden: borrowing Matrix) throws -> Matrix {
        try check(hidden)
        let normed = prepared(hidden)
        var all = Matrix(rows: hidden.rows, columns: vocabularySize)
        for (index, tile) in tiles.enumerated() {
            let logits = logits(tile, normed)
            for row in 0..<logits.rows {
                let source = logits.row(row)
                var destination = all.mutableRow(row)
                for column in source.indices {
                    destination[index * Self.tileRows + column] = source[column]
                }
            }
        }
        return all
    }

    /// Normed, and brought to the width of the output projection.
    private func prepared(_ hidden: borrowing Matrix) -> Matrix {
        var prepared = norm?.apply(hidden) ?? hidden.copy()
        if let projection { prepared = projection.apply(prepared) }
        return prepared
    }

    private func logits(_ tile: DenseLinear, _ prepared: borrowing Matrix) -> Matrix {
        var logits = tile.apply(prepared)
        if let softCap { Linalg.softCap(&logits, at: softCap) }
        return logits
    }

    private func check(_ hidden: borrowing Matrix) throws {
        guard hidden.columns == hiddenSize else {
            throw ModelError.wrongState(
                reason: "the hidden state has \(hidden.columns) columns and \(hiddenSize) are "
                    + "needed"
            )
        }
    }
}
