internal import CKernels

/// Rotates the two halves of every head of x (T × heads · headDimension), arXiv 2104.09864.
///
/// Token t's pair (x[i], x[i + headDimension / 2]) turns by the angle whose cosine and sine are
/// element (t mod L, i) of the tables, L × headDimension / 2 each, by rows: x holds sequences of
/// L tokens, one after another. With a `rotatedDimension` below the head dimension the pairs are
/// those of each head's first so many elements, and the others stay; the default is all.
/// - Precondition: an even rotated dimension, T a multiple of L, and shapes that agree.
public func applyRotary(
    _ x: inout Matrix,
    heads: Int,
    headDimension: Int,
    rotatedDimension: Int? = nil,
    cosines: Span<Float>,
    sines: Span<Float>
) {
    let rotated = rotatedDimension ?? headDimension
    precondition(heads >= 0)
    precondition(rotated >= 0 && rotated <= headDimension && rotated.isMultiple(of: 2))
    precondition(x.columns == heads * headDimension)
    let (rows, columns, half) = (x.rows, x.columns, rotated / 2)
    precondition(sines.count == cosines.count)
    guard half > 0, rows > 0 else { return }
    let length = cosines.count / half
    precondition(cosines.count == length * half)
    precondition(length > 0 && rows.isMultiple(of: length))
    unsafe cosines.withUnsafeBufferPointer { cosines in
        unsafe sines.withUnsafeBufferPointer { sines in
            guard let c = cosines.baseAddress, let s = sines.baseAddress else { return }
            for t in 0..<rows {
                let row = t % length * half
                let token = unsafe x.base + t * columns
                if rotated == headDimension {
                    unsafe ck_rotary_row(token, heads, half, c + row, s + row)
                    continue
                }
                for head in 0..<heads {
                    unsafe ck_rotary_row(token + head * headDimension, 1, half, c + row, s + row)
                }
            }
        }
    }
}
