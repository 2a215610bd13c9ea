internal import CKernels

/// y ← y + k · x, element by element; equal counts.
public func addScaled(_ k: Float, _ x: Span<Float>, to y: inout MutableSpan<Float>) {
    precondition(x.count == y.count)
    unsafe x.withUnsafeBufferPointer { x in
        unsafe y.withUnsafeMutableBufferPointer { y in
            unsafe ck_add_scaled(k, x.baseAddress, y.baseAddress, x.count)
        }
    }
}

/// y ← y + x, element by element; equal shapes.
public func add(_ x: borrowing Matrix, to y: inout Matrix) {
    precondition(x.rows == y.rows)
    precondition(x.columns == y.columns)
    unsafe ck_add(x.base, y.base, x.count)
}

/// x ← k · x, element by element.
public func scale(_ x: inout MutableSpan<Float>, by k: Float) {
    unsafe x.withUnsafeMutableBufferPointer { unsafe ck_scale(k, $0.baseAddress, $0.count) }
}

/// x ← eˣ, element by element, to a relative error of 1e-7 for -87.33 ≤ x ≤ 88.37.
///
/// Below that range the result is 0, above it infinity; a NaN stays a NaN.
public func exponentiate(_ x: inout MutableSpan<Float>) {
    unsafe x.withUnsafeMutableBufferPointer { unsafe ck_exponentials($0.baseAddress, $0.count) }
}

/// gate ← silu(gate) · up with silu(x) = x / (1 + e⁻ˣ), element by element; equal shapes.
///
/// The exponential has a relative error of 1e-7, the result one below 1e-6.
public func siluMultiply(gate: inout Matrix, up: borrowing Matrix) {
    precondition(gate.rows == up.rows)
    precondition(gate.columns == up.columns)
    unsafe ck_silu_multiply(gate.base, up.base, up.count)
}
