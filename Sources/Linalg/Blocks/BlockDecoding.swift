/// Converts blocks to Float32, with the bits that llama.cpp's own readers give.
///
/// - Precondition: the elements are whole blocks, and `bytes` holds exactly these blocks.
public func decode(
    _ bytes: RawSpan, as format: BlockFormat, into elements: inout MutableSpan<Float>
) {
    precondition(format.byteCount(ofElements: elements.count) == bytes.byteCount)
    let stored = unsafe bytes._unsafeView(as: UInt8.self)
    let grid = format.grid
    var block = Block()
    for index in 0..<elements.count / format.elementsPerBlock {
        format.read(stored, at: index * format.bytesPerBlock, into: &block)
        grid.scale(
            block, into: &elements, at: index * format.elementsPerBlock,
            count: format.elementsPerBlock)
    }
}

extension BlockGrid {
    /// Writes the values of a block's codes.
    fileprivate func scale(
        _ block: borrowing Block, into elements: inout MutableSpan<Float>, at start: Int, count: Int
    ) {
        let codes = block.codes.span
        for part in 0..<count / elementsPerScale {
            let step = step(scale: block.scale, subScale: block.subScales[part])
            let offset = offset(minimum: block.minimum, subMinimum: block.subMinima[part])
            let range = part * elementsPerScale..<(part + 1) * elementsPerScale
            if let unevenLevels {
                for e in range {
                    elements[start + e] = step * Float(unevenLevels[Int(codes[e])])
                }
            } else if hasMinimum {
                for e in range { elements[start + e] = step * Float(codes[e]) + offset }
            } else {
                let zero = Float(zeroCode)
                for e in range { elements[start + e] = step * (Float(codes[e]) - zero) }
            }
        }
    }
}

extension Matrix {
    /// Makes a `rows` × `columns` matrix from stored blocks, row by row.
    ///
    /// - Precondition: rows are whole blocks, and `bytes` holds exactly these blocks.
    public init(rows: Int, columns: Int, decoding bytes: RawSpan, as format: BlockFormat) {
        precondition(columns.isMultiple(of: format.elementsPerBlock))
        self.init(uninitializedRows: rows, columns: columns)
        var elements = mutableElements
        decode(bytes, as: format, into: &elements)
    }

    /// Makes a `rows` × `columns` matrix from an array of stored blocks.
    public init(rows: Int, columns: Int, decoding bytes: [UInt8], as format: BlockFormat) {
        self.init(rows: rows, columns: columns, decoding: unsafe bytes.span.bytes, as: format)
    }
}
