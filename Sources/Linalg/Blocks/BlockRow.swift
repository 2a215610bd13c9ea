/// Blocks taken apart into codes and the numbers that scale them: what a solver gives to be stored,
/// and what a reader of codes gets.
///
/// Nothing is rounded on the way in or out. There are B blocks, each of P parts where the format
/// has small scales.
public struct BlockRow: Sendable, Hashable {
    /// How the blocks are stored.
    public let format: BlockFormat
    /// The codes of all elements in their order, each at most ``BlockGrid/codeMax``.
    public private(set) var codes: [UInt8]
    /// The scales d, B of them.
    public private(set) var scales: [Float16]
    /// The minima m, B of them, or none where the format has none.
    public private(set) var minima: [Float16]
    /// The small scales s, B × P, or none.
    public private(set) var subScales: [Int8]
    /// The small minima t, B × P, or none.
    public private(set) var subMinima: [UInt8]

    /// Puts together what a solver found.
    ///
    /// - Precondition: the counts are those of whole blocks, and every code, small scale and small
    ///   minimum lies in the range of the format's grid.
    public init(
        format: BlockFormat, codes: [UInt8], scales: [Float16], minima: [Float16] = [],
        subScales: [Int8] = [], subMinima: [UInt8] = []
    ) {
        let grid = format.grid
        let parts = codes.count / grid.elementsPerScale
        precondition(codes.count == scales.count * format.elementsPerBlock)
        precondition(codes.allSatisfy { $0 <= grid.codeMax })
        precondition(minima.count == (grid.hasMinimum ? scales.count : 0))
        precondition(subScales.count == (grid.subScales == nil ? 0 : parts))
        precondition(subScales.allSatisfy { grid.subScales?.contains($0) == true })
        precondition(subMinima.count == (grid.subMinimumMax == nil ? 0 : parts))
        precondition(subMinima.allSatisfy { $0 <= grid.subMinimumMax ?? 0 })
        self.format = format
        self.codes = codes
        self.scales = scales
        self.minima = minima
        self.subScales = subScales
        self.subMinima = subMinima
    }

    /// Takes stored blocks apart.
    ///
    /// - Precondition: `bytes` is a whole number of blocks.
    public init(unpacking bytes: Span<UInt8>, as format: BlockFormat) {
        precondition(bytes.count.isMultiple(of: format.bytesPerBlock))
        self.init(format: format, codes: [], scales: [])
        var block = Block()
        for start in stride(from: 0, to: bytes.count, by: format.bytesPerBlock) {
            format.read(bytes, at: start, into: &block)
            append(block)
        }
    }

    mutating func append(_ block: borrowing Block) {
        let grid = format.grid
        let found = block.codes.span
        for e in 0..<format.elementsPerBlock { codes.append(found[e]) }
        scales.append(block.scale)
        if grid.hasMinimum { minima.append(block.minimum) }
        for part in 0..<format.elementsPerBlock / grid.elementsPerScale {
            if grid.subScales != nil { subScales.append(block.subScales[part]) }
            if grid.subMinimumMax != nil { subMinima.append(block.subMinima[part]) }
        }
    }

    /// The same scales and minima with other codes: those that a solver found on this grid.
    ///
    /// - Precondition: there are as many codes, each at most the grid's greatest.
    public func replacingCodes(_ codes: [UInt8]) -> BlockRow {
        BlockRow(
            format: format, codes: codes, scales: scales, minima: minima, subScales: subScales,
            subMinima: subMinima)
    }

    /// The blocks as they are stored, one after the other.
    public func packed() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: scales.count * format.bytesPerBlock)
        var span = bytes.mutableSpan
        var block = Block()
        let parts = format.elementsPerBlock / format.grid.elementsPerScale
        for index in scales.indices {
            block.scale = scales[index]
            if !minima.isEmpty { block.minimum = minima[index] }
            for part in 0..<parts {
                if !subScales.isEmpty { block.subScales[part] = subScales[index * parts + part] }
                if !subMinima.isEmpty { block.subMinima[part] = subMinima[index * parts + part] }
            }
            var target = block.codes.mutableSpan
            for e in 0..<format.elementsPerBlock {
                target[e] = codes[index * format.elementsPerBlock + e]
            }
            format.write(block, into: &span, at: index * format.bytesPerBlock)
        }
        return bytes
    }

    /// The values of all elements, straight from the grid's formula: the naive twin of
    /// `decode(_:as:into:)`.
    public func values() -> [Float] {
        let grid = format.grid
        return codes.indices.map { element in
            let (block, part) = (element / format.elementsPerBlock, element / grid.elementsPerScale)
            return grid.value(
                code: codes[element],
                step: grid.step(
                    scale: scales[block], subScale: subScales.isEmpty ? 1 : subScales[part]),
                offset: grid.offset(
                    minimum: minima.isEmpty ? 0 : minima[block],
                    subMinimum: subMinima.isEmpty ? 1 : subMinima[part]))
        }
    }
}
