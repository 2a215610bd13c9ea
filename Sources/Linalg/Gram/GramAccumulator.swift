internal import CKernels
internal import COpenBLAS

/// Sum of Xᵀ · X over many batches of rows: the statistic that GPTQ and SparseGPT call Hessian.
///
/// Products of chunks of 512 rows are Float32, their sum is Float64, so that neither many rows
/// nor many partial sums lose precision. Holds 4 · d² + 4 · d · (d + 1) bytes for dimension d.
public struct GramAccumulator: ~Copyable, Sendable {
    /// Number of inputs d.
    public let dimension: Int
    private var product: Matrix
    private var sums: [Double]

    /// Rows of one Float32 product; fixed, because it decides the last bits of the result.
    static let chunkRows = 512

    /// An empty sum for rows of `dimension` elements, 0 or more.
    public init(dimension: Int) {
        precondition(dimension >= 0)
        self.dimension = dimension
        product = Matrix(rows: dimension, columns: dimension)
        sums = [Double](repeating: 0, count: dimension * (dimension + 1) / 2)
    }

    /// Adds xᵀ · x for a matrix of samples × `dimension`.
    ///
    /// Chunks begin at the first row of every call: other calls with the same rows give the same
    /// result up to rounding.
    public mutating func add(rows x: borrowing Matrix) {
        precondition(x.columns == dimension)
        for start in stride(from: 0, to: x.rows, by: Self.chunkRows) {
            add(chunk: start..<min(start + Self.chunkRows, x.rows), of: x)
        }
    }

    /// Adds a partial sum that another accumulator packed, in Float64.
    ///
    /// - Precondition: `triangle.count == dimension * (dimension + 1) / 2`.
    public mutating func add(triangle: Span<Float>) {
        precondition(triangle.count == sums.count)
        addToDouble(triangle, &sums)
    }

    /// The lower triangle by rows, (0,0), (1,0), (1,1), (2,0)…: d · (d + 1) / 2 elements.
    public func packedTriangle() -> [Float] { narrowed(sums) }

    /// The d diagonal elements.
    public func diagonal() -> [Float] {
        (0..<dimension).map { Float(sums[$0 * ($0 + 3) / 2]) }
    }

    private mutating func add(chunk: Range<Int>, of x: borrowing Matrix) {
        guard dimension > 0 else { return }
        OpenBLAS.prepare()
        let order = OpenBLAS.dimension(dimension)
        unsafe cblas_ssyrk(
            CblasRowMajor,
            CblasLower,
            CblasTrans,
            order,
            OpenBLAS.dimension(chunk.count),
            1,
            x.base + chunk.lowerBound * dimension,
            order,
            0,
            product.base,
            order
        )
        unsafe sums.withUnsafeMutableBufferPointer { target in
            unsafe ck_add_lower_triangle(product.base, target.baseAddress, dimension)
        }
    }
}

/// The full symmetric d × d matrix of a lower triangle packed by rows.
///
/// - Precondition: `packedTriangle.count == dimension * (dimension + 1) / 2`.
public func symmetricMatrix(dimension: Int, packedTriangle: Span<Float>) -> Matrix {
    precondition(dimension >= 0)
    precondition(packedTriangle.count == dimension * (dimension + 1) / 2)
    let matrix = Matrix(uninitializedRows: dimension, columns: dimension)
    unsafe packedTriangle.withUnsafeBufferPointer {
        unsafe ck_unpack_symmetric($0.baseAddress, matrix.base, dimension)
    }
    return matrix
}

/// sums[i] += x[i] in Float64.
func addToDouble(_ x: Span<Float>, _ sums: inout [Double]) {
    precondition(x.count == sums.count)
    unsafe x.withUnsafeBufferPointer { source in
        unsafe sums.withUnsafeMutableBufferPointer { target in
            unsafe ck_add_to_double(source.baseAddress, target.baseAddress, source.count)
        }
    }
}

/// The sums rounded to Float32.
func narrowed(_ sums: [Double]) -> [Float] {
    var result = [Float](repeating: 0, count: sums.count)
    unsafe sums.withUnsafeBufferPointer { source in
        unsafe result.withUnsafeMutableBufferPointer { target in
            unsafe ck_narrow(source.baseAddress, target.baseAddress, source.count)
        }
    }
    return result
}
