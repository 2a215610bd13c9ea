internal import COpenBLAS

extension Reference {
    /// The upper-triangular U with H⁻¹ = Uᵀ · U, all in Float64, d · d elements by rows.
    ///
    /// Textbook loops: H = R · Rᵀ with an upper R, from the last row upwards, then U = R⁻¹.
    ///
    /// - Returns: nil if H is not positive definite.
    public static func inverseFactor(of h: borrowing Matrix) -> [Double]? {
        let d = h.rows
        guard let r = upperFactor(of: h) else { return nil }
        var u = [Double](repeating: 0, count: d * d)
        for j in 0..<d {
            u[j * d + j] = 1 / r[j * d + j]
            for i in stride(from: j - 1, through: 0, by: -1) {
                var sum = 0.0
                for k in (i + 1)...j { sum += r[i * d + k] * u[k * d + j] }
                u[i * d + j] = -sum / r[i * d + i]
            }
        }
        return u
    }

    private static func upperFactor(of h: borrowing Matrix) -> [Double]? {
        let d = h.rows
        var r = [Double](repeating: 0, count: d * d)
        for j in stride(from: d - 1, through: 0, by: -1) {
            var pivot = Double(h[j, j])
            for k in (j + 1)..<max(d, j + 1) { pivot -= r[j * d + k] * r[j * d + k] }
            guard pivot > 0 else { return nil }
            r[j * d + j] = pivot.squareRoot()
            for i in 0..<j {
                var sum = Double(h[i, j])
                for k in (j + 1)..<max(d, j + 1) { sum -= r[i * d + k] * r[j * d + k] }
                r[i * d + j] = sum / r[j * d + j]
            }
        }
        return r
    }

    /// The same U by way of the explicit inverse, as the published codes do it, in Float32:
    /// factorise, invert, factorise again.
    ///
    /// - Throws: ``LinalgError/notPositiveDefinite(minor:)`` if either factorisation fails.
    public static func inverseFactorByInverse(
        of h: consuming Matrix
    ) throws(LinalgError) -> Matrix {
        OpenBLAS.prepare()
        var order = OpenBLAS.dimension(h.rows)
        var (stride, info) = (order, Int32(0))
        var lower = CChar(UInt8(ascii: "L"))
        unsafe spotrf_(&lower, &order, h.base, &stride, &info, 1)
        guard info == 0 else { throw .notPositiveDefinite(minor: Int(info)) }
        unsafe spotri_(&lower, &order, h.base, &stride, &info, 1)
        guard info == 0 else { throw .notPositiveDefinite(minor: Int(info)) }
        unsafe spotrf_(&lower, &order, h.base, &stride, &info, 1)
        guard info == 0 else { throw .notPositiveDefinite(minor: Int(info)) }
        for r in 0..<h.rows {
            for c in 0..<r { h[r, c] = 0 }
        }
        return h
    }
}
