internal import CKernels

/// x ← x · y, element by element; equal shapes.
public func multiplyElements(of x: inout Matrix, by y: borrowing Matrix) {
    precondition(x.rows == y.rows)
    precondition(x.columns == y.columns)
    unsafe ck_multiply(x.base, y.base, y.count)
}

/// x ← max(x, 0), element by element; a NaN stays a NaN.
public func rectify(_ x: inout Matrix) {
    unsafe ck_rectify(x.base, x.count)
}

/// x ← x / (1 + e⁻ˣ), element by element, with a relative error below 1e-6.
public func silu(_ x: inout Matrix) {
    unsafe ck_silu(x.base, x.count)
}

/// x ← x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2, element by element (arXiv 1606.08415).
///
/// The relative error is below 1e-6 where the result is above 1e-6, and absolute below that.
public func geluTanh(_ x: inout Matrix) {
    unsafe ck_gelu_tanh(x.base, x.count)
}

/// x ← x · (1 + erf(x / √2)) / 2, element by element (arXiv 1606.08415).
///
/// The absolute error is below 3e-7 · |x|, by the formula 7.1.26 of Abramowitz and Stegun.
public func gelu(_ x: inout Matrix) {
    unsafe ck_gelu(x.base, x.count)
}

/// x ← cap · tanh(x / cap), element by element, with an absolute error below 3e-7 · cap.
///
/// - Precondition: `cap` is positive.
public func softCap(_ x: inout Matrix, at cap: Float) {
    precondition(cap > 0)
    unsafe ck_soft_cap(cap, x.base, x.count)
}
