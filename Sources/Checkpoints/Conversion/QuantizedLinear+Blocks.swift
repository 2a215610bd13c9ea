import Domain
public import Linalg

extension QuantizedLinear {
    /// The rows as blocks of a GGUF format, code for code.
    ///
    /// Readers of the blocks compute scale · (code − zero) in Float32 and do not round it to
    /// `scaleType` as ``dequantized(rows:)`` does.
    /// - Parameter format: Q4_0, Q5_0 or Q8_0 can hold symmetric grids of at most so many bits.
    /// - Returns: the blocks row by row; nil where the format's grid is not the layer's: other
    ///   forms, groups that are no whole blocks, columns with a group index, scales that are no
    ///   halves.
    public func blocks(_ format: BlockFormat) -> [UInt8]? {
        let grid = format.grid
        let width = scheme.groupSize ?? inputs
        let (middle, zero) = (Int(scheme.middleCode), Int(grid.zeroCode))
        guard !grid.hasMinimum, grid.subScales == nil, grid.unevenLevels == nil,
            scheme.isSymmetric, groupIndex == nil, middle <= zero,
            Int(scheme.maximumCode) - middle <= Int(grid.codeMax) - zero,
            inputs.isMultiple(of: format.elementsPerBlock),
            width.isMultiple(of: format.elementsPerBlock)
        else { return nil }
        let halves = scales.map { Float16($0) }
        guard zip(halves, scales).allSatisfy({ Float($0) == $1 }) else { return nil }
        let perRow = inputs / format.elementsPerBlock
        var packed: [UInt8] = []
        for output in 0..<outputs {
            let row = BlockRow(
                format: format,
                codes: codes[output * inputs..<(output + 1) * inputs].map {
                    UInt8(Int($0) - middle + zero)
                },
                scales: (0..<perRow).map { block in
                    halves[output * groups + block * format.elementsPerBlock / width]
                })
            packed += row.packed()
        }
        return packed
    }
}
