/// Naive twins of the fast functions: short, slow, Float64 inside, and the judge in tests.
///
/// Each takes and gives what its fast twin does; a result is rounded to Float32 once, at the end.
public enum Reference {}

extension Reference {
    /// op(a) · op(b), where op transposes if asked to.
    public static func product(
        _ a: borrowing Matrix,
        _ b: borrowing Matrix,
        transposingA: Bool = false,
        transposingB: Bool = false
    ) -> Matrix {
        let (m, k) = transposingA ? (a.columns, a.rows) : (a.rows, a.columns)
        let n = transposingB ? b.rows : b.columns
        var c = Matrix(rows: m, columns: n)
        for i in 0..<m {
            for j in 0..<n {
                var sum = 0.0
                for l in 0..<k {
                    let left = transposingA ? a[l, i] : a[i, l]
                    let right = transposingB ? b[j, l] : b[l, j]
                    sum += Double(left) * Double(right)
                }
                c[i, j] = Float(sum)
            }
        }
        return c
    }

    /// Sum of a[i] · b[i] in Float64, in order.
    public static func dotProduct(_ a: Span<Float>, _ b: Span<Float>) -> Double {
        var sum = 0.0
        for i in a.indices { sum += Double(a[i]) * Double(b[i]) }
        return sum
    }

    /// Lower triangle, by rows, of xᵀ · x.
    public static func packedTriangle(of x: borrowing Matrix) -> [Double] {
        var triangle: [Double] = []
        for i in 0..<x.columns {
            for j in 0...i {
                var sum = 0.0
                for t in 0..<x.rows { sum += Double(x[t, i]) * Double(x[t, j]) }
                triangle.append(sum)
            }
        }
        return triangle
    }

    /// Trace of d · h · dᵀ.
    public static func traceOfQuadraticForm(
        _ d: borrowing Matrix,
        _ h: borrowing Matrix
    ) -> Double {
        var trace = 0.0
        for r in 0..<d.rows {
            for i in 0..<d.columns {
                for j in 0..<d.columns {
                    trace += Double(d[r, i]) * Double(h[i, j]) * Double(d[r, j])
                }
            }
        }
        return trace
    }
}
