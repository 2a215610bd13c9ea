import Linalg

/// Finds the grid of a group of columns by sweeping the group with each of 64 grids and taking the
/// one that loses least.
///
/// What GPTQ loses at column j of the inverse factor U is ((w_j - q_j) / U_jj)^2, and the later
/// weights of the group take up their share of the error before they are rounded. So a candidate's
/// loss is the very part of tr((W-Q) H (W-Q)^T) that the group will add, for what every column
/// before it left behind. Cost: 64 x width^2 / 2 multiplications for each output of a group.
struct GroupSearch {
    private typealias Lanes = SIMD16<Float>

    /// Outputs that are swept side by side.
    static let outputsAtOnce = 16
    /// Grids that are tried for each output.
    static let candidates = 64

    private let quantizer: UniformQuantizer
    private let width: Int
    /// Where the group's weights are, in the order of the sweep.
    private let sources: [Int]
    /// The group's block of U, width x width by rows; the upper triangle is read.
    private let factor: [Float]

    /// For a group of swept columns, whose weights come alone.
    ///
    /// - parameter columns: the group's columns of the factor.
    init(
        _ quantizer: UniformQuantizer, factor: borrowing Matrix, columns: Range<Int>
    ) {
        self.init(
            quantizer, factor: factor, places: Array(columns),
            sources: Array(0..<columns.count))
    }

    /// For a group of original columns that the sweep takes in another order, with others between
    /// them: what those add to the group's weights is not known when its grid is chosen.
    ///
    /// - parameters:
    ///   - original: the group's columns of the weight.
    ///   - places: where in the sweep each original column comes; nil for their own order.
    init(
        _ quantizer: UniformQuantizer, factor: borrowing Matrix, original: Range<Int>,
        places: [Int]?
    ) {
        let ordered = original.map { (place: places?[$0] ?? $0, source: $0) }
            .sorted { $0.place < $1.place }
        self.init(
            quantizer, factor: factor, places: ordered.map(\.place),
            sources: ordered.map(\.source))
    }

    private init(
        _ quantizer: UniformQuantizer, factor: borrowing Matrix, places: [Int], sources: [Int]
    ) {
        self.quantizer = quantizer
        self.sources = sources
        width = places.count
        var block = [Float](repeating: 0, count: places.count * places.count)
        for (i, row) in places.enumerated() {
            for (j, column) in places.enumerated() where j >= i {
                block[i * places.count + j] = factor[row, column]
            }
        }
        self.factor = block
    }

    /// The grids of up to 16 outputs.
    ///
    /// - parameters:
    ///   - weight: the weights as the columns before the group left them, outputs x width; for
    ///     a group of original columns all weights, outputs x inputs, as they came.
    ///   - first: the first of the outputs; `found` has one place for each.
    func fit(
        _ weight: borrowing Matrix, first: Int,
        into found: inout MutableSpan<UniformQuantizer.Parameters>
    ) {
        var group = [Lanes](repeating: .zero, count: width)
        var low = Lanes.zero
        var high = Lanes.zero
        for column in 0..<width {
            let source = sources[column]
            for lane in found.indices { group[column][lane] = weight[first + lane, source] }
            low = low.replacing(with: group[column], where: group[column] .< low)
            high = high.replacing(with: group[column], where: group[column] .> high)
        }
        var best = Lanes(repeating: .infinity)
        var scales = Lanes.zero
        var zeros = Lanes.zero
        var working = group
        for number in 0..<Self.candidates {
            var scale = Lanes(repeating: 1)
            var zero = Lanes.zero
            for lane in found.indices {
                let grid = candidate(number, low: low[lane], high: high[lane])
                (scale[lane], zero[lane]) = (grid.scale, grid.zero)
            }
            for column in 0..<width { working[column] = group[column] }
            let loss = sweep(&working, scale: scale, zero: zero)
            let isBetter = loss .< best
            best.replace(with: loss, where: isBetter)
            scales.replace(with: scale, where: isBetter)
            zeros.replace(with: zero, where: isBetter)
        }
        for lane in found.indices {
            // Weights that are not finite are found and told later; their grid does not matter.
            let isFound = best[lane] < .infinity
            found[lane] =
                isFound
                ? .init(scale: scales[lane], zero: zeros[lane])
                : quantizer.parameters(low: -1, high: 1)
        }
    }

    /// The grids from the widest to one of half its width. A symmetric one has a code more on one
    /// side, so both signs of its step are tried.
    private func candidate(
        _ number: Int, low: Float, high: Float
    ) -> UniformQuantizer.Parameters {
        let count = Float(Self.candidates)
        guard (high - low) / quantizer.steps >= .leastNormalMagnitude else {
            return quantizer.parameters(low: -1, high: 1)
        }
        guard quantizer.symmetric else {
            let shrunk = 1 - Float(number) / (2 * count)
            return quantizer.parameters(low: shrunk * low, high: shrunk * high)
        }
        let middle = (quantizer.steps + 1) / 2
        let bound = max(-low, high)
        // The largest weight stands at level 8.25 of 8, or further out and is cut off.
        let place = (middle + 0.25) * (1 - Float(number / 2) / count)
        let scale = quantizer.scaleType.rounded(bound / place)
        guard scale > 0 else { return quantizer.parameters(low: -1, high: 1) }
        return .init(scale: number.isMultiple(of: 2) ? scale : -scale, zero: middle)
    }

    /// What the group loses on a grid; `weights` are used up.
    private func sweep(_ weights: inout [Lanes], scale: Lanes, zero: Lanes) -> Lanes {
        let maximum = Lanes(repeating: quantizer.steps)
        var loss = Lanes.zero
        for column in 0..<width {
            let x = weights[column]
            let code = nearest(x / scale) + zero
            let raised = code.replacing(with: Lanes.zero, where: code .< Lanes.zero)
            let bounded = raised.replacing(with: maximum, where: raised .> maximum)
            let error = (x - scale * (bounded - zero)) / factor[column * width + column]
            loss += error * error
            for later in column + 1..<width {
                weights[later] -= error * factor[column * width + later]
            }
        }
        return loss
    }

    /// As `roundedHalfToEven`.
    private func nearest(_ x: Lanes) -> Lanes {
        let limit = Lanes(repeating: 1_048_576)
        let raised = x.replacing(with: -limit, where: x .< -limit)
        let bounded = raised.replacing(with: limit, where: raised .> limit)
        let magic = Lanes(repeating: 12_582_912)
        return (bounded + magic) - magic
    }
}
