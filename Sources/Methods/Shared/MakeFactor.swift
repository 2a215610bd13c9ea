public import Linalg

/// Factors a layer's Gram matrix for the methods that compensate.
///
/// In this order: inputs with a diagonal of exactly 0 are dead and get a diagonal of 1; columns
/// are sorted by falling diagonal if `actOrder` (equal ones by column); `dampingFraction` of the
/// mean diagonal is added to the diagonal; U with H^-1 = U^T U is computed. When that fails the
/// fraction is raised by 0.01 at a time up to 0.1, and the one used is recorded.
///
/// - parameter gram: X^T X times any positive constant, inputs x inputs, symmetric and full.
/// - parameter dampingFraction: from 0 to 1; 0.01 is the published value.
/// - parameter actOrder: whether columns are sorted, as ``CompressionMethod/ordersColumns`` says.
/// - throws: ``MethodError/statisticsNotFinite(layer:input:)``,
///   ``MethodError/allColumnsDead(layer:dimension:)``,
///   ``MethodError/cannotFactor(layer:dimension:minor:dampings:)``,
///   ``MethodError/invalidOption(method:reason:)`` for a fraction out of bounds.
public func makeFactor(
    gram: consuming Matrix, dampingFraction: Double, actOrder: Bool, layer: String
) throws(MethodError) -> InverseFactor {
    precondition(gram.rows == gram.columns, "a Gram matrix is square")
    guard (0...1).contains(dampingFraction) else {
        throw .invalidOption(
            method: "the factor",
            reason: "the damping fraction is \(dampingFraction) but must be 0 to 1")
    }
    let dead = try reviveDeadColumns(&gram, layer: layer)
    var diagonal = [Float](repeating: 0, count: gram.rows)
    for i in diagonal.indices { diagonal[i] = gram[i, i] }
    let meanDiagonal = diagonal.reduce(0) { $0 + Double($1) } / Double(diagonal.count)
    guard actOrder else {
        return try factored(
            gram, meanDiagonal: meanDiagonal, fraction: dampingFraction, permutation: nil,
            dead: dead, layer: layer)
    }
    let permutation = descending(diagonal)
    return try factored(
        gram.permutingRowsAndColumns(permutation), meanDiagonal: meanDiagonal,
        fraction: dampingFraction, permutation: permutation, dead: dead, layer: layer)
}

/// The same with a Gram matrix that can be read again, so that no copy of it is held: a Gram that
/// cannot be factored with the first damping is read anew for the next.
///
/// It holds one matrix of inputs x inputs; two while columns are sorted.
public func makeFactor(
    dampingFraction: Double, actOrder: Bool, layer: String, reading gram: () throws -> Matrix
) throws -> InverseFactor {
    guard (0...1).contains(dampingFraction) else {
        throw MethodError.invalidOption(
            method: "the factor",
            reason: "the damping fraction is \(dampingFraction) but must be 0 to 1")
    }
    let fractions = dampingFractions(from: dampingFraction)
    var failedMinor = 0
    var dimension = 0
    for fraction in fractions {
        var square = try gram()
        precondition(square.rows == square.columns, "a Gram matrix is square")
        dimension = square.rows
        let dead = try reviveDeadColumns(&square, layer: layer)
        var diagonal = [Float](repeating: 0, count: dimension)
        for i in diagonal.indices { diagonal[i] = square[i, i] }
        let mean = diagonal.reduce(0) { $0 + Double($1) } / Double(diagonal.count)
        let permutation = actOrder ? descending(diagonal) : nil
        if let permutation { square = square.permutingRowsAndColumns(permutation) }
        switch damped(square, by: fraction * mean) {
        case .factor(let factor):
            return try InverseFactor(
                factor: factor, permutation: permutation, dead: dead, damping: fraction * mean,
                dampingFraction: fraction, layer: layer)
        case .failed(let minor): failedMinor = minor
        }
    }
    throw MethodError.cannotFactor(
        layer: layer, dimension: dimension, minor: failedMinor, dampings: fractions)
}

/// Columns by falling diagonal; of equal ones the earlier first.
private func descending(_ diagonal: [Float]) -> [Int] {
    diagonal.indices.sorted { (diagonal[$1], $0) < (diagonal[$0], $1) }
}

private enum Attempt: ~Copyable {
    case factor(Matrix)
    case failed(minor: Int)
}

/// Adds to the diagonal and factors in place.
private func damped(_ square: consuming Matrix, by damping: Double) -> Attempt {
    let dimension = square.rows
    for i in 0..<dimension { square[i, i] = Float(Double(square[i, i]) + damping) }
    do {
        return .factor(try inverseFactor(of: square))
    } catch {
        // The Gram matrix is finite, so a factor that is not means that it overflowed: as far
        // from positive definite as Float32 can tell.
        if case .notPositiveDefinite(let minor) = error { return .failed(minor: minor) }
        return .failed(minor: dimension)
    }
}

/// Gives dead columns a diagonal of 1 and returns them, after checking all entries.
private func reviveDeadColumns(
    _ gram: inout Matrix, layer: String
) throws(MethodError) -> [Int] {
    guard gram.isFinite() else {
        throw .statisticsNotFinite(layer: layer, input: "the Gram matrix")
    }
    var dead: [Int] = []
    for i in 0..<gram.rows {
        guard gram[i, i] >= 0 else {
            throw .statisticsNotFinite(layer: layer, input: "the Gram matrix")
        }
        if gram[i, i] == 0 {
            dead.append(i)
            gram[i, i] = 1
        }
    }
    guard dead.count < gram.rows else {
        throw .allColumnsDead(layer: layer, dimension: gram.rows)
    }
    return dead
}

/// The damping fractions to try: the one asked for, then 0.01 more at a time, up to 0.1.
func dampingFractions(from first: Double) -> [Double] {
    var fractions = [first]
    // Hundredths are counted from the first one so that rounding does not accumulate.
    for step in 1...10 {
        let next = first + Double(step) / 100
        if next <= 0.1 + 1e-9 { fractions.append(next) }
    }
    return fractions
}

private func factored(
    _ gram: consuming Matrix, meanDiagonal: Double, fraction: Double, permutation: [Int]?,
    dead: [Int], layer: String
) throws(MethodError) -> InverseFactor {
    let fractions = dampingFractions(from: fraction)
    let dimension = gram.rows
    var failedMinor = 0
    for fraction in fractions {
        let damping = fraction * meanDiagonal
        // Factoring destroys its input, and a further attempt needs the undamped matrix.
        switch damped(gram.copy(), by: damping) {
        case .factor(let factor):
            return try InverseFactor(
                factor: factor, permutation: permutation, dead: dead, damping: damping,
                dampingFraction: fraction, layer: layer)
        case .failed(let minor): failedMinor = minor
        }
    }
    throw .cannotFactor(
        layer: layer, dimension: dimension, minor: failedMinor, dampings: fractions)
}
