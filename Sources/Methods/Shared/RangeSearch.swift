extension UniformQuantizer {
    /// The shrunken range with the smallest sum of |error|^2.4, of the 80 ranges
    /// (1 - i/100) * (low, high), i from 0 to 79; of equal sums the widest range.
    func searchRange(
        of group: Span<Float>, low: Float, high: Float, scratch: inout [Float]
    ) -> Parameters {
        if scratch.count < group.count {
            scratch = [Float](repeating: 0, count: group.count)
        }
        // Errors are measured in steps of the full range, so that tiny weights do not underflow.
        let unit = 1 / parameters(low: low, high: high).scale
        var best = parameters(low: low, high: high)
        var smallest = Float.infinity
        var losses = scratch.mutableSpan
        for i in 0..<80 {
            let factor = 1 - Float(i) / 100
            let candidate = parameters(low: factor * low, high: factor * high)
            roundingLosses(
                of: group, candidate, maximum: steps, unit: unit, into: &losses)
            let loss = sum(losses.span.extracting(first: group.count))
            if loss < smallest {
                smallest = loss
                best = candidate
            }
        }
        return best
    }
}

/// losses[i] = |error of group[i], in steps|^2.4; elementwise, so that it compiles to vectors.
private func roundingLosses(
    of group: Span<Float>, _ p: UniformQuantizer.Parameters, maximum: Float, unit: Float,
    into losses: inout MutableSpan<Float>
) {
    precondition(losses.count >= group.count)
    for i in group.indices {
        let x = group[i]
        let code = nearestCode(x, scale: p.scale, zero: p.zero, maximum: maximum)
        let error = (p.scale * (code - p.zero) - x) * unit
        let square = error * error
        losses[i] = square * fifthRoot(square)
    }
}

/// The fifth root of a number that is not negative, to about 1e-6 relative.
///
/// |e|^2.4 = e^2 * (e^2)^(1/5). Three Newton steps from a guess on the exponent bits give the
/// same bits on every machine, which `pow` of the C library does not promise, and vectorise.
@inline(__always)
private func fifthRoot(_ x: Float) -> Float {
    var root = Float(bitPattern: x.bitPattern / 5 &+ 852_282_572)
    for _ in 0..<3 {
        let fourth = (root * root) * (root * root)
        root = 0.2 * (4 * root + x / fourth)
    }
    return root
}

/// The sum in four interleaved partial sums, which fixes its bits.
private func sum(_ x: Span<Float>) -> Float {
    var partial = SIMD4<Float>.zero
    let whole = x.count / 4 * 4
    for i in stride(from: 0, to: whole, by: 4) {
        partial += SIMD4(x[i], x[i + 1], x[i + 2], x[i + 3])
    }
    var rest: Float = 0
    for i in whole..<x.count { rest += x[i] }
    return (partial[0] + partial[1]) + (partial[2] + partial[3]) + rest
}
