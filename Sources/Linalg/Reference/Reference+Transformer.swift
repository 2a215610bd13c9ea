#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension Reference {
    /// x / sqrt(mean(x²) + epsilon) · weight, row by row.
    public static func rmsNorm(
        _ x: borrowing Matrix,
        weight: Span<Float>,
        epsilon: Float
    ) -> Matrix {
        var out = Matrix(rows: x.rows, columns: x.columns)
        for r in 0..<x.rows {
            let mean = dotProduct(x.row(r), x.row(r)) / Double(x.columns)
            let factor = 1 / (mean + Double(epsilon)).squareRoot()
            for c in 0..<x.columns {
                out[r, c] = Float(Double(x[r, c]) * factor * Double(weight[c]))
            }
        }
        return out
    }

    /// (x - mean(x)) / sqrt(variance(x) + epsilon) · weight + bias, row by row.
    public static func layerNorm(
        _ x: borrowing Matrix, weight: Span<Float>, bias: Span<Float>, epsilon: Float
    ) -> Matrix {
        var out = Matrix(rows: x.rows, columns: x.columns)
        for r in 0..<x.rows {
            let row = (0..<x.columns).map { Double(x[r, $0]) }
            let mean = row.reduce(0, +) / Double(row.count)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
            let factor = 1 / (variance + Double(epsilon)).squareRoot()
            for c in 0..<x.columns {
                out[r, c] = Float((row[c] - mean) * factor * Double(weight[c]) + Double(bias[c]))
            }
        }
        return out
    }

    /// x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2.
    public static func geluTanh(_ x: Double) -> Double {
        x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
    }

    /// x · (1 + erf(x / √2)) / 2.
    public static func gelu(_ x: Double) -> Double { x * (1 + erf(x / 2.squareRoot())) / 2 }

    /// Rotation of the halves of every head; tables as in the fast twin.
    public static func rotary(
        _ x: borrowing Matrix,
        heads: Int,
        headDimension: Int,
        cosines: Span<Float>,
        sines: Span<Float>
    ) -> Matrix {
        let half = headDimension / 2
        var out = Matrix(rows: x.rows, columns: x.columns)
        for t in 0..<x.rows {
            for head in 0..<heads {
                for i in 0..<half {
                    let column = head * headDimension + i
                    let (a, b) = (Double(x[t, column]), Double(x[t, column + half]))
                    let (c, s) = (Double(cosines[t * half + i]), Double(sines[t * half + i]))
                    out[t, column] = Float(a * c - b * s)
                    out[t, column + half] = Float(b * c + a * s)
                }
            }
        }
        return out
    }

    /// silu(gate) · up.
    public static func siluMultiply(gate: borrowing Matrix, up: borrowing Matrix) -> Matrix {
        var out = Matrix(rows: gate.rows, columns: gate.columns)
        for r in 0..<gate.rows {
            for c in 0..<gate.columns {
                let x = Double(gate[r, c])
                out[r, c] = Float(x / (1 + exp(-x)) * Double(up[r, c]))
            }
        }
        return out
    }

    /// Softmax of a row in Float64.
    public static func softmax(_ scores: [Double]) -> [Double] {
        let top = scores.max() ?? 0
        let exponentials = scores.map { exp($0 - top) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }

    /// Attention of one sequence; shapes as in the fast twin.
    public static func attention(
        queries: borrowing Matrix,
        keys: borrowing Matrix,
        values: borrowing Matrix,
        heads: Int,
        keyValueHeads: Int,
        headDimension: Int,
        scale: Float,
        reach: AttentionReach = .causal
    ) -> Matrix {
        var out = Matrix(rows: queries.rows, columns: queries.columns)
        for head in 0..<heads {
            let first = head * headDimension
            let shared = head / (heads / keyValueHeads) * headDimension
            for t in 0..<queries.rows {
                let seen = (0..<queries.rows).filter { s in
                    switch reach {
                    case .causal: s <= t
                    case .window(let count): s <= t && t - s < count
                    case .whole: true
                    }
                }
                var scores: [Double] = []
                for s in seen {
                    var sum = 0.0
                    for i in 0..<headDimension {
                        sum += Double(queries[t, first + i]) * Double(keys[s, shared + i])
                    }
                    scores.append(sum * Double(scale))
                }
                let weights = softmax(scores)
                for i in 0..<headDimension {
                    var sum = 0.0
                    for (s, weight) in zip(seen, weights) {
                        sum += weight * Double(values[s, shared + i])
                    }
                    out[t, first + i] = Float(sum)
                }
            }
        }
        return out
    }

    /// -log(softmax(logits)[target]) for every row.
    public static func negativeLogLikelihoods(
        logits: borrowing Matrix,
        targets: Span<Int32>
    ) -> [Double] {
        var losses: [Double] = []
        for r in 0..<logits.rows {
            var top = -Double.infinity
            for c in 0..<logits.columns { top = max(top, Double(logits[r, c])) }
            var sum = 0.0
            for c in 0..<logits.columns { sum += exp(Double(logits[r, c]) - top) }
            losses.append(top + log(sum) - Double(logits[r, Int(targets[r])]))
        }
        return losses
    }
}
