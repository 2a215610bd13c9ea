internal import CKernels

// Decoding copies bytes as they lie, which is right on the little-endian machines we build for.
#if !(arch(x86_64) || arch(arm64))
    #error("Check the byte order of this machine before you build for it.")
#endif

/// Converts stored elements (little-endian, any alignment) to Float32; exact for every type.
///
/// - Precondition: `bytes.byteCount == elements.count * type.byteCount`.
public func decode(
    _ bytes: RawSpan,
    as type: ElementType,
    into elements: inout MutableSpan<Float>
) {
    precondition(bytes.byteCount == elements.count * type.byteCount)
    let count = elements.count
    unsafe bytes.withUnsafeBytes { source in
        unsafe elements.withUnsafeMutableBufferPointer { target in
            let start = unsafe source.baseAddress?.assumingMemoryBound(to: UInt8.self)
            switch type {
            case .float32: unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
            case .bfloat16: unsafe ck_decode_bfloat16(start, target.baseAddress, count)
            case .float16: unsafe ck_decode_float16(start, target.baseAddress, count)
            }
        }
    }
}

/// Converts Float32 elements to stored ones (little-endian, any alignment).
///
/// BF16 and F16 round to nearest, ties to even; what is too large for F16 becomes infinite, and a
/// NaN stays a NaN.
/// - Precondition: `bytes.count == elements.count * type.byteCount`.
public func encode(
    _ elements: Span<Float>,
    as type: ElementType,
    into bytes: inout MutableSpan<UInt8>
) {
    precondition(bytes.count == elements.count * type.byteCount)
    let count = elements.count
    unsafe elements.withUnsafeBufferPointer { source in
        unsafe bytes.withUnsafeMutableBufferPointer { target in
            switch type {
            case .float32:
                unsafe UnsafeMutableRawBufferPointer(target).copyMemory(
                    from: UnsafeRawBufferPointer(source)
                )
            case .bfloat16:
                unsafe ck_encode_bfloat16(source.baseAddress, target.baseAddress, count)
            case .float16:
                unsafe ck_encode_float16(source.baseAddress, target.baseAddress, count)
            }
        }
    }
}

extension Matrix {
    /// Makes a `rows` × `columns` matrix from stored elements, row by row.
    ///
    /// - Precondition: `bytes.byteCount == rows * columns * type.byteCount`.
    public init(rows: Int, columns: Int, decoding bytes: RawSpan, as type: ElementType) {
        self.init(uninitializedRows: rows, columns: columns)
        var elements = mutableElements
        decode(bytes, as: type, into: &elements)
    }

    /// The elements, row by row, as stored bytes; rounding as in ``encode(_:as:into:)``.
    public func encoded(as type: ElementType) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count * type.byteCount)
        var span = bytes.mutableSpan
        encode(elements, as: type, into: &span)
        return bytes
    }
}
