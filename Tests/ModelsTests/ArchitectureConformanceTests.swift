import Checkpoints
import Foundation
import Linalg
import Models
import Testing

/// What every family promises, on tiny random checkpoints of transformers that have its quirks.
@Suite struct `Every architecture` {
    /// Float32 rounding over two blocks stays far below this.
    private let tolerance: Float = 1e-4

    @Test(arguments: SampleModel.families)
    func `has its fixture's model type`(name: String) throws {
        let modelType = try SampleModel(fixture: name).architecture.modelType
        #expect(ArchitectureCatalogue.modelTypes.contains(modelType))
    }

    @Test(arguments: SampleModel.families) func `gives the logits of transformers`(
        name: String
    ) throws {
        let model = try SampleModel(fixture: name)
        let error = relativeError(try model.logits(), try model.expectedLogits())
        #expect(error < tolerance)
    }

    @Test(arguments: SampleModel.families)
    func `gives the same bits and taps in segments`(name: String) throws {
        let model = try SampleModel(fixture: name)
        var whole: [[Float]] = []
        let one = try model.hiddenTappingAll { whole.append([Float($0), Float($1)] + $2) }
        for segments in [[0..<1, 1..<2, 2..<3, 3..<4], [0..<1, 1..<3, 3..<4], [0..<2, 2..<4]] {
            var parts: [[Float]] = []
            let hidden = try model.hiddenTappingAll(segments: segments) {
                parts.append([Float($0), Float($1)] + $2)
            }
            #expect(values(one) == values(hidden))
            #expect(whole == parts)
        }
        let groups = (0..<model.architecture.blockCount).map {
            model.architecture.linearGroups(inBlock: $0).count
        }
        #expect(whole.count == groups.reduce(0, +))
        let plain = try model.hidden()
        #expect(values(one) == values(plain))
    }

    @Test(arguments: SampleModel.families)
    func `taps the inputs that its groups state`(name: String) throws {
        let model = try SampleModel(fixture: name)
        try model.hiddenTappingAll { block, index, input in
            let group = model.architecture.linearGroups(inBlock: block)[index]
            #expect(group.index == index)
            #expect(group.linears.allSatisfy { $0.group == index && $0.inputs == group.inputs })
            #expect(input.count.isMultiple(of: group.inputs))
            // Only experts have tokens of their own, and never more than all.
            let rows = input.count / group.inputs
            let isExpert = group.tap.hasPrefix("expert.")
            #expect(isExpert ? rows <= model.tokens.count : rows == model.tokens.count)
        }
    }

    @Test(arguments: SampleModel.families)
    func `states the width of what stands between its halves`(name: String) throws {
        let model = try SampleModel(fixture: name)
        let architecture = model.architecture
        let hidden = try architecture.embed(tokens: model.tokens, from: model.tensors)
        for block in 0..<architecture.blockCount {
            for boundary in [1, 3] {
                let segment = try architecture.makeSegment(
                    block: block, groups: boundary - 1..<boundary, taps: [],
                    tensors: model.tensors)
                var state = try segment.run(
                    hidden: hidden, middle: Matrix(rows: 0, columns: 0)
                ) { _, _ in }
                let middle = state.middle.take() ?? Matrix(rows: 0, columns: 0)
                let columns = middle.columns
                #expect(columns == architecture.middleWidth(inBlock: block, boundary: boundary))
            }
            #expect(architecture.middleWidth(inBlock: block, boundary: 2) == 0)
        }
    }

    @Test(arguments: SampleModel.families)
    func `runs sequences together as it runs them alone`(name: String) throws {
        let model = try SampleModel(fixture: name)
        let tensors = model.tensors
        let hidden = try model.architecture.embed(tokens: model.tokens, from: tensors)
        let segment = try model.architecture.makeSegment(
            block: 0, groups: 0..<4, taps: [], tensors: tensors)
        let none = Matrix(rows: 0, columns: 0)
        let length = model.tokens.count / 2
        var together = try segment.run(
            hidden: hidden, middle: none, sequenceLength: length
        ) { _, _ in }
        let halves = try [0..<length, length..<2 * length].flatMap { rows in
            var state = try segment.run(hidden: hidden.copy(rows: rows), middle: none) { _, _ in }
            return values(state.hidden.take() ?? Matrix(rows: 0, columns: 0))
        }
        // Products of another number of rows may round otherwise.
        let largest = halves.map(abs).max() ?? 0
        let found = values(together.hidden.take() ?? Matrix(rows: 0, columns: 0))
        #expect(found.count == halves.count && !halves.isEmpty)
        #expect(zip(found, halves).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
    }

    @Test(arguments: SampleModel.families)
    func `names all the tensors of a checkpoint`(name: String) throws {
        let model = try SampleModel(fixture: name)
        let expected = model.architecture.expectedTensors()
        #expect(expected.map(\.name).sorted() == model.folder.tensors.map(\.name).sorted())
        let elements = model.folder.tensors.reduce(0) { $0 + $1.elementCount }
        #expect(model.architecture.parameterCount == elements)
        let shapes = Dictionary(uniqueKeysWithValues: expected.map { ($0.name, $0.shape) })
        for block in 0..<model.architecture.blockCount {
            for layer in model.architecture.linears(inBlock: block) {
                #expect(shapes[layer.weight] == layer.storedShape)
            }
        }
    }

    @Test(arguments: SampleModel.families)
    func `reads exactly the tensors it names`(name: String) throws {
        let model = try SampleModel(fixture: name)
        let architecture = model.architecture
        let (block, groups) = (
            architecture.blockCount - 1,
            architecture.linearGroups(inBlock: architecture.blockCount - 1)
        )
        for (start, end) in (0..<4).flatMap({ start in (start...4).map { (start, $0) } }) {
            for tapped in [[], [start], [start, end]] {
                let taps = groups.filter { tapped.contains($0.step) }.map(\.index)
                let tensors = model.tensors
                _ = try architecture.makeSegment(
                    block: block, groups: start..<end, taps: taps, tensors: tensors)
                let named = architecture.segmentTensors(
                    block: block, groups: start..<end, taps: taps)
                // A tensor that holds several projections is read once for each.
                #expect(Set(tensors.names) == Set(named))
                #expect(named.count == Set(named).count)
            }
        }
        let embedding = model.tensors
        _ = try architecture.embed(tokens: [1, 5], from: embedding)
        #expect(Set(embedding.names) == Set(architecture.embeddingTensors))
    }

    @Test(arguments: SampleModel.decoders)
    func `reads exactly the tensors of its head`(name: String) throws {
        let model = try SampleModel(fixture: name)
        let tensors = model.tensors
        _ = try model.architecture.makeHead(tensors: tensors)
        #expect(tensors.names == model.architecture.headTensors)
    }

    @Test(arguments: SampleModel.encoders)
    func `says that it has no head where it has none`(name: String) throws {
        let model = try SampleModel(fixture: name)
        #expect(throws: ModelError.noHead(modelType: model.architecture.modelType)) {
            _ = try model.architecture.makeHead(tensors: model.tensors)
        }
        #expect(model.architecture.headTensors.isEmpty)
        #expect(model.architecture.headFlops(tokens: 10) == 0)
    }

    @Test(arguments: SampleModel.families)
    func `states memory for its weights and states`(name: String) throws {
        let architecture = try SampleModel(fixture: name).architecture
        let bytes = { (groups: Range<Int>, length: Int) in
            architecture.segmentWorkingBytes(
                block: 0, groups: groups, tokens: length, sequenceLength: length)
        }
        let weights = architecture.linears(inBlock: 0).reduce(0) { $0 + $1.outputs * $1.inputs }
        #expect(bytes(0..<4, 0) >= 4 * weights)
        #expect(bytes(0..<4, 48) > bytes(0..<4, 24))
        for group in 0..<4 { #expect(bytes(group..<group + 1, 48) <= bytes(0..<4, 48)) }
        if !architecture.headTensors.isEmpty {
            #expect(architecture.headWorkingBytes(tokens: 10) > 4 * 64 * 16)
        }
    }

    @Test(arguments: Set(SampleModel.families).subtracting(SampleModel.mixtures).sorted())
    func `costs two operations a weight and token`(name: String) throws {
        let architecture = try SampleModel(fixture: name).architecture
        let flops = architecture.segmentFlops(
            block: 0, groups: 1..<4, tokens: 24, sequenceLength: 24)
        let products = architecture.linears(inBlock: 0).filter { $0.group > 0 }
            .reduce(0) { $0 + $1.outputs * $1.inputs }
        #expect(flops == Double(2 * 24 * products))
    }

    /// A bound on the past that hides something must change the work that is stated, and no more.
    @Test(arguments: ["mistral-window"])
    func `counts only the keys in a window`(name: String) throws {
        let architecture = try SampleModel(fixture: name).architecture
        let projections = architecture.linearGroups(inBlock: 0)[0].linears
            .reduce(0) { $0 + $1.outputs * $1.inputs }
        let flops = architecture.segmentFlops(
            block: 0, groups: 0..<1, tokens: 24, sequenceLength: 24)
        // Tokens 0 to 5 see 1 to 6 keys, the other 18 see 7; 4 heads of 8, twice 2 operations.
        let keys = (1...6).reduce(0, +) + 18 * 7
        #expect(flops == Double(2 * 24 * projections + 4 * keys * 32))
    }

    @Test(arguments: SampleModel.families)
    func `refuses tokens outside the vocabulary`(name: String) throws {
        let model = try SampleModel(fixture: name)
        #expect(
            throws: ModelError.tokenOutOfRange(token: 64, position: 1, vocabularySize: 64)
        ) { _ = try model.architecture.embed(tokens: [0, 64], from: model.tensors) }
    }
}
