internal import CKernels

/// Sum of squares of every column over many batches of rows, in Float64: the statistic of Wanda.
///
/// It is the diagonal of what ``GramAccumulator`` sums.
public struct DiagonalAccumulator: ~Copyable, Sendable {
    /// Number of inputs d.
    public let dimension: Int
    private var sums: [Double]

    /// An empty sum for rows of `dimension` elements, 0 or more.
    public init(dimension: Int) {
        precondition(dimension >= 0)
        self.dimension = dimension
        sums = [Double](repeating: 0, count: dimension)
    }

    /// Adds the squares of a matrix of samples × `dimension`, row by row.
    public mutating func add(rows x: borrowing Matrix) {
        precondition(x.columns == dimension)
        let (rows, columns) = (x.rows, x.columns)
        unsafe sums.withUnsafeMutableBufferPointer {
            unsafe ck_add_column_squares(x.base, $0.baseAddress, rows, columns)
        }
    }

    /// Adds a partial sum that another accumulator gave, in Float64.
    ///
    /// - Precondition: `diagonal.count == dimension`.
    public mutating func add(diagonal: Span<Float>) {
        precondition(diagonal.count == dimension)
        for index in sums.indices { sums[index] += Double(diagonal[index]) }
    }

    /// The d sums of squares.
    public func diagonal() -> [Float] { narrowed(sums[...]) }
}
