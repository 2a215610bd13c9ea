import Checkpoints
import Foundation
import Linalg
import Models
import Testing

@Suite struct `Running Llama` {
    /// Float32 rounding over two blocks stays far below this.
    private let tolerance: Float = 1e-4

    @Test(arguments: SampleModel.variants)
    func `gives the logits of transformers`(variant: String) throws {
        let model = try SampleModel(fixture: variant)
        let error = relativeError(try model.logits(), try model.expectedLogits())
        #expect(error < tolerance)
    }

    @Test(arguments: SampleModel.variants)
    func `in segments gives the same bits and the same taps`(variant: String) throws {
        let model = try SampleModel(fixture: variant)
        var whole: [[Float]] = []
        let one = try model.hidden(taps: [[0, 1, 2, 3]]) {
            whole.append([Float($0), Float($1)] + $2)
        }
        var parts: [[Float]] = []
        let four = try model.hidden(
            segments: [0..<1, 1..<2, 2..<3, 3..<4],
            taps: [[0], [1], [2], [3]]
        ) { parts.append([Float($0), Float($1)] + $2) }
        #expect(values(one) == values(four))
        #expect(whole == parts)
        #expect(whole.count == 4 * model.architecture.blockCount)
        let plain = try model.hidden()
        #expect(values(one) == values(plain))
    }

    @Test func `delivers a tap at the upper boundary without running the group`() throws {
        let model = try SampleModel(fixture: "gqa-untied")
        var whole: [[Float]] = []
        _ = try model.hidden(taps: [[0, 1, 2, 3]]) { whole.append([Float($0), Float($1)] + $2) }
        for (segments, taps) in [
            ([0..<0, 0..<2, 2..<2, 2..<4], [[0], [1], [2], [3]]),
            ([0..<1, 1..<1, 1..<3, 3..<3, 3..<4], [[0, 1], [], [2], [3], []]),
            ([0..<1, 1..<1, 1..<2, 2..<3, 3..<3, 3..<4], [[0], [1], [2], [], [3], []]),
        ] {
            var parts: [[Float]] = []
            _ = try model.hidden(segments: segments, taps: taps) {
                parts.append([Float($0), Float($1)] + $2)
            }
            #expect(parts == whole)
        }
    }

    @Test func `says which parts of the state are new`() throws {
        let model = try SampleModel(fixture: "gqa-untied")
        let tensors = model.tensors
        let hidden = try model.architecture.embed(tokens: model.tokens, from: tensors)
        let none = Matrix(rows: 0, columns: 0)
        let expected: [(Range<Int>, hidden: Bool, middle: Bool)] = [
            (0..<0, false, false), (0..<1, false, true), (0..<2, true, false),
            (0..<3, true, true), (0..<4, true, false), (2..<2, false, false),
            (2..<3, false, true), (2..<4, true, false),
        ]
        for (groups, newHidden, newMiddle) in expected {
            let segment = try model.architecture.makeSegment(
                block: 1,
                groups: groups,
                taps: [],
                tensors: tensors
            )
            let state = try segment.run(hidden: hidden, middle: none) { _, _ in }
            let (hasHidden, hasMiddle) = (state.hidden != nil, state.middle != nil)
            #expect(hasHidden == newHidden)
            #expect(hasMiddle == newMiddle)
        }
    }

    @Test(arguments: ["gqa-untied", "biases"], [0, 1, 2, 3])
    func `reads exactly the tensors it names`(variant: String, start: Int) throws {
        let model = try SampleModel(fixture: variant)
        for end in start...4 {
            for taps in [[], [start], [start, end].filter { $0 < 4 }] {
                let tensors = model.tensors
                _ = try model.architecture.makeSegment(
                    block: 0,
                    groups: start..<end,
                    taps: taps,
                    tensors: tensors
                )
                let named = model.architecture.segmentTensors(
                    block: 0,
                    groups: start..<end,
                    taps: taps
                )
                #expect(tensors.names.sorted() == named.sorted())
            }
        }
        let tensors = model.tensors
        _ = try model.architecture.makeHead(tensors: tensors)
        #expect(tensors.names == model.architecture.headTensors)
        let embedding = model.tensors
        _ = try model.architecture.embed(tokens: [1, 5], from: embedding)
        #expect(Set(embedding.names) == Set(model.architecture.embeddingTensors))
    }

    @Test func `refuses tokens outside the vocabulary`() throws {
        let model = try SampleModel(fixture: "gqa-untied")
        for token: Int32 in [-1, 64, .max] {
            #expect(
                throws: ModelError.tokenOutOfRange(token: token, position: 1, vocabularySize: 64)
            ) { _ = try model.architecture.embed(tokens: [0, token], from: model.tensors) }
        }
    }

    @Test func `refuses states that do not fit`() throws {
        let model = try SampleModel(fixture: "gqa-untied")
        func run(_ groups: Range<Int>, _ hidden: (Int, Int), _ middle: (Int, Int)) throws {
            let segment = try model.architecture.makeSegment(
                block: 0,
                groups: groups,
                taps: [],
                tensors: model.tensors
            )
            _ = try segment.run(
                hidden: Matrix(rows: hidden.0, columns: hidden.1),
                middle: Matrix(rows: middle.0, columns: middle.1)
            ) { _, _ in }
        }
        try run(0..<1, (128, 32), (0, 0))
        #expect(throws: ModelError.sequenceTooLong(length: 129, maximum: 128)) {
            try run(0..<1, (129, 32), (0, 0))
        }
        try run(3..<4, (2, 32), (2, 48))
        for (groups, hidden, middle) in [
            (0..<1, (2, 31), (0, 0)), (0..<1, (0, 32), (0, 0)), (0..<1, (2, 32), (2, 32)),
            (1..<2, (2, 32), (0, 0)), (1..<2, (2, 32), (3, 32)), (3..<4, (2, 32), (2, 32)),
        ] {
            #expect(throws: ModelError.self) { try run(groups, hidden, middle) }
        }
    }

    @Test func `stops when a tap throws`() throws {
        struct Enough: Error {}
        let model = try SampleModel(fixture: "gqa-untied")
        let tensors = model.tensors
        let hidden = try model.architecture.embed(tokens: model.tokens, from: tensors)
        let segment = try model.architecture.makeSegment(
            block: 0,
            groups: 0..<4,
            taps: [0, 1],
            tensors: tensors
        )
        var seen = 0
        #expect(throws: Enough.self) {
            _ = try segment.run(hidden: hidden, middle: Matrix(rows: 0, columns: 0)) { _, _ in
                seen += 1
                throw Enough()
            }
        }
        #expect(seen == 1)
    }
}
