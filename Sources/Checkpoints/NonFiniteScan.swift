import Linalg

/// Where the first number of a tensor is that is NaN or infinite; nil when all are finite.
///
/// - Parameters:
///   - bytes: the tensor's bytes, little-endian.
///   - elementType: as in safetensors; types other than F32, BF16 and F16 are not looked at.
public func firstNonFinite(in bytes: RawSpan, elementType: String) -> Int? {
    guard let type = ElementType(rawValue: elementType) else { return nil }
    let piece = 1 << 18
    let count = bytes.byteCount / type.byteCount
    for start in stride(from: 0, to: count, by: piece) {
        let width = min(piece, count - start)
        let range = start * type.byteCount..<(start + width) * type.byteCount
        let numbers = Matrix(
            rows: 1, columns: width, decoding: bytes.extracting(range), as: type)
        guard !numbers.isFinite() else { continue }
        let elements = numbers.elements
        for index in elements.indices where !elements[index].isFinite { return start + index }
    }
    return nil
}
