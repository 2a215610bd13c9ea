internal import CKernels
internal import COpenBLAS

/// Sum of Xᵀ · X over many batches of rows: the statistic that GPTQ and SparseGPT call Hessian.
///
/// Products of chunks of 2048 rows are Float32, their sum is Float64, so that neither many rows
/// nor many partial sums lose precision. Only the lower triangle is computed, in tiles that depend
/// on nothing but the dimension, on the shared crew. Holds 4 · d · (d + 1) bytes for dimension d,
/// and while rows are added a tile of at most 1.6 MB for each thread. Costs d · (d + 1) operations
/// a row, and 16 bytes of memory traffic an element and chunk.
public struct GramAccumulator: ~Copyable, Sendable {
    /// Number of inputs d.
    public let dimension: Int
    private var sums: [Double]

    /// Rows of one Float32 product; fixed, because it decides the last bits of the result.
    static let chunkRows = 2048

    /// An empty sum for rows of `dimension` elements, 0 or more.
    public init(dimension: Int) {
        precondition(dimension >= 0)
        self.dimension = dimension
        sums = [Double](repeating: 0, count: dimension * (dimension + 1) / 2)
    }

    /// Bytes that a sum of this dimension takes, with the tile of an addition.
    public static func workingBytes(dimension: Int) -> Int {
        let width = TriangleTile.width(dimension: dimension)
        return 4 * dimension * (dimension + 1) + 4 * width * width
    }

    /// Adds xᵀ · x for a matrix of samples × `dimension`.
    ///
    /// Chunks begin at the first row of every call: other calls with the same rows give the same
    /// result up to rounding.
    public mutating func add(rows x: borrowing Matrix) {
        precondition(x.columns == dimension)
        let tiles = TriangleTile.all(dimension: dimension)
        guard let first = tiles.first, x.rows > 0 else { return }
        OpenBLAS.prepare()
        let size = first.rows.count
        nonisolated(unsafe) let rows = unsafe x.base
        let (count, columns) = (x.rows, x.columns)
        unsafe sums.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let sums = buffer.baseAddress
            // A tile of the sum belongs to one thread, which adds its chunks in order.
            Crew.shared.run(tiles: tiles.count) { index in
                let tile = tiles[index]
                let product = Matrix(uninitializedRows: size, columns: size)
                for start in stride(from: 0, to: count, by: Self.chunkRows) {
                    let chunk = start..<min(start + Self.chunkRows, count)
                    unsafe tile.multiply(
                        rows: chunk.count, at: rows + chunk.lowerBound * columns,
                        stride: columns, into: product.base)
                    unsafe ck_add_tile(
                        product.base, sums, tile.rows.lowerBound, tile.columns.lowerBound,
                        tile.rows.count, tile.columns.count)
                }
            }
        }
    }

    /// Adds a partial sum that another accumulator packed, in Float64.
    ///
    /// - Precondition: `triangle.count == dimension * (dimension + 1) / 2`.
    public mutating func add(triangle: Span<Float>) {
        precondition(triangle.count == sums.count)
        unsafe triangle.withUnsafeBufferPointer { source in
            unsafe sums.withUnsafeMutableBufferPointer { target in
                unsafe ck_add_to_double(source.baseAddress, target.baseAddress, source.count)
            }
        }
    }

    /// Adds a packed partial sum from its bytes, little-endian Float32 at any alignment.
    ///
    /// - Precondition: `triangleBytes.byteCount == 2 * dimension * (dimension + 1)`.
    public mutating func add(triangleBytes: RawSpan) {
        precondition(triangleBytes.byteCount == 4 * sums.count)
        for piece in pieces {
            let numbers = Matrix(
                rows: 1, columns: piece.count,
                decoding: triangleBytes.extracting(4 * piece.lowerBound..<4 * piece.upperBound),
                as: .float32)
            unsafe sums.withUnsafeMutableBufferPointer { target in
                unsafe ck_add_to_double(
                    numbers.base, target.baseAddress?.advanced(by: piece.lowerBound), piece.count)
            }
        }
    }

    /// The lower triangle by rows, (0,0), (1,0), (1,1), (2,0)…: d · (d + 1) / 2 elements.
    public func packedTriangle() -> [Float] { narrowed(sums[...]) }

    /// Gives the packed triangle as little-endian Float32, piece by piece, in order.
    public func writePackedTriangle(
        _ body: (_ bytes: RawSpan) throws -> Void
    ) rethrows {
        for range in pieces {
            let piece = narrowed(sums[range])
            try unsafe body(piece.span.bytes)
        }
    }

    /// Whether every sum is finite in Float32.
    public func isFinite() -> Bool {
        var isFinite = true
        for range in pieces {
            let piece = narrowed(sums[range])
            let isSound = unsafe piece.withUnsafeBufferPointer {
                unsafe ck_is_finite($0.baseAddress, $0.count) != 0
            }
            isFinite = isFinite && isSound
        }
        return isFinite
    }

    /// The d diagonal elements.
    public func diagonal() -> [Float] {
        (0..<dimension).map { Float(sums[$0 * ($0 + 3) / 2]) }
    }

    /// Pieces of a megabyte or two, so that no second copy of the whole is needed.
    private var pieces: [Range<Int>] {
        stride(from: 0, to: sums.count, by: 256 << 10).map {
            $0..<min($0 + 256 << 10, sums.count)
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

/// The full symmetric d × d matrix of a lower triangle packed by rows, given as little-endian
/// Float32 bytes; no second copy is made where they lie at a multiple of four.
///
/// - Precondition: `packedBytes.byteCount == 2 * dimension * (dimension + 1)`.
public func symmetricMatrix(dimension: Int, packedBytes: RawSpan) -> Matrix {
    precondition(dimension >= 0)
    let count = dimension * (dimension + 1) / 2
    precondition(packedBytes.byteCount == 4 * count)
    let matrix = Matrix(uninitializedRows: dimension, columns: dimension)
    let isAligned = unsafe packedBytes.withUnsafeBytes { bytes in
        guard UInt(bitPattern: bytes.baseAddress) % 4 == 0 else { return false }
        let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: Float.self)
        unsafe ck_unpack_symmetric(start, matrix.base, dimension)
        return true
    }
    if isAligned { return matrix }
    let packed = Matrix(rows: 1, columns: count, decoding: packedBytes, as: .float32)
    return symmetricMatrix(dimension: dimension, packedTriangle: packed.elements)
}

/// The sums rounded to Float32.
func narrowed(_ sums: ArraySlice<Double>) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: sums.count) { target, filled in
        unsafe sums.withUnsafeBufferPointer { source in
            unsafe ck_narrow(source.baseAddress, target.baseAddress, source.count)
        }
        filled = sums.count
    }
}
