import Linalg

/// The way into experts: a router chooses for each token, and each expert works on its own tokens.
///
/// Goes through the experts in their order, whatever they were chosen for.
final class ExpertsEntry: EntryBody {
    /// nil when only taps are wanted.
    private let units: [FeedForward]?
    private let taps: Set<Int>
    private let blueprint: ExpertsBlueprint
    private let router: DenseLinear
    private let sharedGate: DenseLinear?

    /// Loads the router, and the entries of the experts if the segment runs them.
    init(
        _ blueprint: ExpertsBlueprint, taps: Set<Int>, runs: Bool,
        from tensors: any TensorProvider
    ) throws {
        func matrix(_ name: String, rows: Int) throws -> DenseLinear {
            DenseLinear(
                weight: try tensors.matrix(
                    named: name, rows: rows, columns: blueprint.hiddenSize))
        }
        router = try matrix(blueprint.router, rows: blueprint.experts.count)
        sharedGate = try blueprint.shared.map { try matrix($0.gate, rows: 1) }
        units = runs ? try blueprint.all.map { try FeedForward($0, from: tensors) } : nil
        self.blueprint = blueprint
        self.taps = taps
    }

    func middle(
        of normed: consuming Matrix, sequenceLength: Int, onTap: Tap
    ) throws -> Matrix? {
        let layout = blueprint.layout
        let routing = Routing(
            logits: router.apply(normed), chosen: layout.chosen,
            normalises: blueprint.normalises, shared: sharedGate?.apply(normed))
        var middle = Matrix(rows: units == nil ? 0 : normed.rows, columns: layout.columns)
        for (index, expert) in blueprint.all.enumerated() {
            let isShared = index == blueprint.experts.count
            let places = routing.places(of: isShared ? nil : index)
            let input = normed.gathering(places.map { ($0.token, 0) }, width: normed.columns)
            let group = expert.entries[0].group
            if taps.contains(group) { try onTap(group, input) }
            guard let units, !places.isEmpty else { continue }
            let made = units[index].middle(of: input, sequenceLength: places.count)
            for (row, place) in places.enumerated() {
                let columns = isShared ? layout.shared : layout.activations(place.slot)
                middle.replace(row: place.token, from: columns.lowerBound, with: made.row(row))
            }
        }
        guard units != nil else { return nil }
        routing.write(to: &middle, layout)
        return middle
    }
}

/// The way out of experts: each expert's projection of its own tokens, times their shares.
final class ExpertsExit: ExitBody {
    /// nil when only taps are wanted.
    private let projections: [DenseLinear]?
    private let taps: Set<Int>
    private let blueprint: ExpertsBlueprint

    /// Loads the outputs of the experts if the segment runs them.
    init(
        _ blueprint: ExpertsBlueprint, taps: Set<Int>, runs: Bool,
        from tensors: any TensorProvider
    ) throws {
        projections =
            runs
            ? try blueprint.all.map { try DenseLinear($0.output, from: tensors) } : nil
        self.blueprint = blueprint
        self.taps = taps
    }

    func projected(_ middle: borrowing Matrix, onTap: Tap) throws -> Matrix? {
        let layout = blueprint.layout
        let routing = try Routing(from: middle, layout, experts: blueprint.experts.count)
        var out = Matrix(rows: projections == nil ? 0 : middle.rows, columns: blueprint.hiddenSize)
        for (index, expert) in blueprint.all.enumerated() {
            let isShared = index == blueprint.experts.count
            let places = routing.places(of: isShared ? nil : index)
            let input = middle.gathering(
                places.map { place in
                    let columns = isShared ? layout.shared : layout.activations(place.slot)
                    return (place.token, columns.lowerBound)
                },
                width: expert.width)
            let group = expert.output.group
            if taps.contains(group) { try onTap(group, input) }
            guard let projections, !places.isEmpty else { continue }
            let made = projections[index].apply(input)
            for (row, place) in places.enumerated() {
                var sum = out.mutableRow(place.token)
                addScaled(place.share, made.row(row), to: &sum)
            }
        }
        guard projections != nil else { return nil }
        return out
    }
}

extension Matrix {
    /// `width` elements of some rows, each from its own column on, as rows.
    fileprivate func gathering(_ places: [(row: Int, column: Int)], width: Int) -> Matrix {
        var gathered = Matrix(rows: places.count, columns: width)
        for (index, place) in places.enumerated() {
            let source = row(place.row)
            var target = gathered.mutableRow(index)
            for column in 0..<width { target[column] = source[place.column + column] }
        }
        return gathered
    }

    /// Writes elements over a part of a row.
    fileprivate mutating func replace(row: Int, from column: Int, with source: Span<Float>) {
        var target = mutableRow(row)
        for index in source.indices { target[column + index] = source[index] }
    }
}
