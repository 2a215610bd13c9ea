extension BlockRow {
    /// Rounds every element by itself, without any calibration.
    ///
    /// Types 0 and 1 are rounded as llama.cpp's reference does, to the bit: codes come from the
    /// unrounded scale. The other formats get the scales that reach the extremes of each part, and
    /// then the nearest codes on the stored grid; llama.cpp itself searches for better scales.
    ///
    /// - Parameters:
    ///   - elements: whole blocks.
    ///   - format: how they are to be stored.
    /// - Throws: ``LinalgError/outOfBlockRange(block:)`` when an element, scale or minimum is not
    ///   finite, the latter two as halves.
    public init(rounding elements: Span<Float>, to format: BlockFormat) throws(LinalgError) {
        precondition(elements.count.isMultiple(of: format.elementsPerBlock))
        self.init(format: format, codes: [], scales: [])
        var block = Block()
        for index in 0..<elements.count / format.elementsPerBlock {
            let range =
                index * format.elementsPerBlock..<(index + 1) * format.elementsPerBlock
            let part = elements.extracting(range)
            for e in part.indices where !part[e].isFinite {
                throw .outOfBlockRange(block: index)
            }
            format.round(part, into: &block)
            guard block.scale.isFinite, block.minimum.isFinite else {
                throw .outOfBlockRange(block: index)
            }
            append(block)
        }
    }
}

extension BlockFormat {
    /// Rounds the finite elements of one block.
    fileprivate func round(_ x: Span<Float>, into block: inout Block) {
        switch self {
        case .q4Type0, .q5Type0: roundToSteps(x, into: &block)
        case .q4Type1, .q5Type1: roundAboveMinimum(x, into: &block)
        case .q8Type0: roundToBytes(x, into: &block)
        case .iq4NonLinear: roundToLevels(x, into: &block)
        case .q2K, .q4K, .q5K: roundPartsAboveMinima(x, into: &block)
        case .q3K, .q6K: roundPartsToSteps(x, into: &block)
        }
    }

    /// The element of largest magnitude gets the code 0, the level farthest from zero.
    private func roundToSteps(_ x: Span<Float>, into block: inout Block) {
        let grid = grid
        let scale = largest(x, 0..<x.count) / -Float(grid.zeroCode)
        let inverse = scale == 0 ? 0 : 1 / scale
        let shift = Float(grid.zeroCode) + 0.5
        var codes = block.codes.mutableSpan
        for e in x.indices { codes[e] = code(x[e] * inverse + shift, grid.codeMax) }
        block.scale = Float16(scale)
    }

    private func roundAboveMinimum(_ x: Span<Float>, into block: inout Block) {
        let grid = grid
        let (least, greatest) = extremes(x, 0..<x.count)
        let scale = (greatest - least) / Float(grid.codeMax)
        let inverse = scale == 0 ? 0 : 1 / scale
        var codes = block.codes.mutableSpan
        for e in x.indices { codes[e] = code((x[e] - least) * inverse + 0.5, grid.codeMax) }
        block.scale = Float16(scale)
        block.minimum = Float16(least)
    }

    /// Half away from zero; −128 is never used.
    private func roundToBytes(_ x: Span<Float>, into block: inout Block) {
        let scale = largest(x, 0..<x.count).magnitude / 127
        let inverse = scale == 0 ? 0 : 1 / scale
        var codes = block.codes.mutableSpan
        for e in x.indices {
            let level = (x[e] * inverse).rounded(.toNearestOrAwayFromZero)
            codes[e] = code(level + 128, 255)
        }
        block.scale = Float16(scale)
    }

    /// The element of largest magnitude gets the level −127; ties go to the lower level.
    private func roundToLevels(_ x: Span<Float>, into block: inout Block) {
        let levels = (grid.unevenLevels ?? []).map(Float.init)
        block.scale = Float16(largest(x, 0..<x.count) / levels[0])
        let scale = Float(block.scale)
        var codes = block.codes.mutableSpan
        for e in x.indices {
            let goal = scale == 0 ? 0 : x[e] / scale
            let nearest = levels.indices.min {
                (levels[$0] - goal).magnitude < (levels[$1] - goal).magnitude
            }
            codes[e] = UInt8(nearest ?? 0)
        }
    }

    private func roundPartsAboveMinima(_ x: Span<Float>, into block: inout Block) {
        let grid = grid
        let (width, parts) = (grid.elementsPerScale, x.count / grid.elementsPerScale)
        var steps = InlineArray<16, Float>(repeating: 0)
        var depths = InlineArray<16, Float>(repeating: 0)
        var (stepMax, depthMax): (Float, Float) = (0, 0)
        for part in 0..<parts {
            let (least, greatest) = extremes(x, part * width..<(part + 1) * width)
            // Minima are subtracted, so that a part of positive numbers begins at zero.
            depths[part] = max(0, -least)
            steps[part] = (max(0, greatest) + depths[part]) / Float(grid.codeMax)
            (stepMax, depthMax) = (max(stepMax, steps[part]), max(depthMax, depths[part]))
        }
        let (scaleMax, minimumMax) = (grid.subScales?.upperBound ?? 1, grid.subMinimumMax ?? 1)
        block.scale = Float16(stepMax / Float(scaleMax))
        block.minimum = Float16(depthMax / Float(minimumMax))
        for part in 0..<parts {
            let scale = ratio(steps[part], block.scale).rounded()
            let minimum = ratio(depths[part], block.minimum).rounded()
            block.subScales[part] = Int8(code(scale, UInt8(scaleMax)))
            block.subMinima[part] = code(minimum, minimumMax)
            roundPart(x, part, of: grid, into: &block)
        }
    }

    private func roundPartsToSteps(_ x: Span<Float>, into block: inout Block) {
        let grid = grid
        let (width, parts) = (grid.elementsPerScale, x.count / grid.elementsPerScale)
        var steps = InlineArray<16, Float>(repeating: 0)
        for part in 0..<parts {
            let range = part * width..<(part + 1) * width
            steps[part] = largest(x, range) / -Float(grid.zeroCode)
        }
        let range = grid.subScales ?? 1...1
        block.scale = Float16(largest(steps.span, 0..<parts) / Float(range.lowerBound))
        for part in 0..<parts {
            let scale = ratio(steps[part], block.scale).rounded()
            let bounded = min(max(scale, Float(range.lowerBound)), Float(range.upperBound))
            block.subScales[part] = Int8(bounded)
            roundPart(x, part, of: grid, into: &block)
        }
    }

    /// The nearest codes on the stored grid of one part.
    private func roundPart(
        _ x: Span<Float>, _ part: Int, of grid: BlockGrid, into block: inout Block
    ) {
        let step = grid.step(scale: block.scale, subScale: block.subScales[part])
        let offset = grid.offset(minimum: block.minimum, subMinimum: block.subMinima[part])
        var codes = block.codes.mutableSpan
        for e in part * grid.elementsPerScale..<(part + 1) * grid.elementsPerScale {
            let level = step == 0 ? 0 : ((x[e] - offset) / step).rounded()
            codes[e] = code(level + Float(grid.zeroCode), grid.codeMax)
        }
    }
}

/// The whole part of a number, bounded; what is no number becomes 0.
private func code(_ number: Float, _ maximum: UInt8) -> UInt8 {
    number > 0 ? UInt8(min(number, Float(maximum))) : 0
}

/// A number in units of a stored half; 0 when that is zero or not finite.
private func ratio(_ number: Float, _ unit: Float16) -> Float {
    unit == 0 || !unit.isFinite ? 0 : number / Float(unit)
}

/// The first element of largest magnitude, with its sign.
private func largest(_ x: Span<Float>, _ range: Range<Int>) -> Float {
    var found = x[range.lowerBound]
    for e in range where x[e].magnitude > found.magnitude { found = x[e] }
    return found
}

private func extremes(_ x: Span<Float>, _ range: Range<Int>) -> (least: Float, greatest: Float) {
    var (least, greatest) = (x[range.lowerBound], x[range.lowerBound])
    for e in range {
        least = min(least, x[e])
        greatest = max(greatest, x[e])
    }
    return (least, greatest)
}
