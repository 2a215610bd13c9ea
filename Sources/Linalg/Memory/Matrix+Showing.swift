/// Something whose bytes neither move nor change as long as it lives, e.g. a mapped file.
public protocol SteadyBytes: AnyObject, Sendable {
    /// The bytes, at the same address every time.
    var bytes: RawSpan { @_lifetime(borrow self) get }
}

extension Matrix {
    /// A `rows` × `columns` matrix of stored elements at `offset` of an owner's bytes: without a
    /// copy where they are Float32 at a multiple of four bytes, else decoded.
    ///
    /// - Precondition: the elements lie within the bytes.
    public init(
        rows: Int, columns: Int, showing owner: some SteadyBytes, at offset: Int,
        as type: ElementType
    ) {
        precondition(rows >= 0 && columns >= 0 && offset >= 0)
        let bytes = owner.bytes
        let count = rows * columns * type.byteCount
        precondition(count <= bytes.byteCount - offset)
        let part = bytes.extracting(offset..<offset + count)
        let address: UnsafePointer<Float>? = unsafe part.withUnsafeBytes {
            guard type == .float32, let start = $0.baseAddress,
                UInt(bitPattern: start) % 4 == 0
            else { return nil }
            return unsafe start.assumingMemoryBound(to: Float.self)
        }
        if let address = unsafe address {
            unsafe self.init(rows: rows, columns: columns, at: address, of: owner)
        } else {
            self.init(rows: rows, columns: columns, decoding: part, as: type)
        }
    }
}
