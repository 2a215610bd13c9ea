import Linalg

/// The columns in the order of a sweep; without a permutation the matrix itself.
func ordered(_ weight: consuming Matrix, by permutation: [Int]?) -> Matrix {
    guard let permutation else { return weight }
    return weight.permutingColumns(permutation)
}

/// The columns back in their original order; the inverse of ``ordered(_:by:)``.
func restored(_ weight: consuming Matrix, from permutation: [Int]?) -> Matrix {
    guard let permutation else { return weight }
    var inverse = [Int](repeating: 0, count: permutation.count)
    for (new, old) in permutation.enumerated() { inverse[old] = new }
    return weight.permutingColumns(inverse)
}
