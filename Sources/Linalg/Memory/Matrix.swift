internal import CKernels

// @unchecked because of the pointer: it is owned by this value alone, and only `mutating` or
// `inout` access writes through it.
/// A row-major Float32 matrix that owns its memory, or shows what an owner holds: moved, never
/// copied behind your back.
///
/// Rows follow each other without gaps. Own memory starts at a multiple of 64 bytes. One that
/// shows another's bytes (see ``init(rows:columns:showing:at:as:)``) may be read only.
@safe public struct Matrix: ~Copyable, @unchecked Sendable {
    /// Number of rows, 0 or more.
    public let rows: Int
    /// Number of columns, 0 or more.
    public let columns: Int
    let base: UnsafeMutablePointer<Float>
    /// Whose memory it is; nil for its own.
    private let owner: (any SteadyBytes)?

    /// Makes a `rows` × `columns` matrix of zeros.
    public init(rows: Int, columns: Int) {
        self.init(uninitializedRows: rows, columns: columns)
        unsafe base.initialize(repeating: 0, count: count)
    }

    /// Makes a `rows` × `columns` matrix with these elements, row by row.
    ///
    /// - Precondition: `elements.count == rows * columns`.
    public init(rows: Int, columns: Int, copying elements: Span<Float>) {
        self.init(uninitializedRows: rows, columns: columns)
        precondition(elements.count == rows * columns)
        unsafe elements.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe base.initialize(from: start, count: source.count)
        }
    }

    /// Memory without values; the caller writes every element before anything reads one.
    init(uninitializedRows rows: Int, columns: Int) {
        precondition(rows >= 0)
        precondition(columns >= 0)
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        precondition(!overflow && count <= Int.max / MemoryLayout<Float>.stride)
        self.rows = rows
        self.columns = columns
        owner = nil
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Float>.stride,
            alignment: 64
        )
        unsafe base = bytes.bindMemory(to: Float.self, capacity: count)
    }

    /// Shows the memory at `base`, which `owner` keeps alive and nobody changes.
    init(rows: Int, columns: Int, at base: UnsafePointer<Float>, of owner: any SteadyBytes) {
        self.rows = rows
        self.columns = columns
        self.owner = owner
        // Whoever writes through it meets a precondition, or read-only pages.
        unsafe self.base = UnsafeMutablePointer(mutating: base)
    }

    deinit {
        if owner == nil { unsafe UnsafeMutableRawPointer(base).deallocate() }
    }

    /// Whether the memory is its own, so that it may be written to.
    public var isOwned: Bool { owner == nil }

    /// Number of elements: `rows * columns`.
    public var count: Int { rows * columns }

    /// All elements, row by row.
    public var elements: Span<Float> {
        @_lifetime(borrow self) get {
            let span = unsafe Span(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// All elements, row by row, for writing.
    public var mutableElements: MutableSpan<Float> {
        @_lifetime(&self) mutating get {
            precondition(isOwned)
            let span = unsafe MutableSpan(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// Row `r`, `columns` elements.
    ///
    /// - Precondition: `r` is in `0..<rows`.
    @_lifetime(borrow self)
    public func row(_ r: Int) -> Span<Float> {
        precondition(r >= 0 && r < rows)
        let span = unsafe Span(_unsafeStart: base + r * columns, count: columns)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Row `r`, `columns` elements, for writing.
    ///
    /// - Precondition: `r` is in `0..<rows`.
    @_lifetime(&self)
    public mutating func mutableRow(_ r: Int) -> MutableSpan<Float> {
        precondition(r >= 0 && r < rows && isOwned)
        let span = unsafe MutableSpan(_unsafeStart: base + r * columns, count: columns)
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    /// The element in a row and a column, both checked.
    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows)
            precondition(column >= 0 && column < columns)
            return unsafe base[row * columns + column]
        }
        set {
            precondition(row >= 0 && row < rows)
            precondition(column >= 0 && column < columns && isOwned)
            unsafe base[row * columns + column] = newValue
        }
    }

    /// Whether no element is an infinity or a NaN; true for an empty matrix.
    public func isFinite() -> Bool { unsafe ck_is_finite(base, count) != 0 }
}
