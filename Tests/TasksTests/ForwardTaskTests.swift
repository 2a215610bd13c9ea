import Blobs
import Domain
import Foundation
import Linalg
import Models
import Tasks
import Testing

@Suite struct `Forward tasks` {
    private let sequences = SequenceRange(first: 1, count: 3, length: 7)
    private let tokens: [Int32] = (0..<35).map { Int32(($0 * 29 + 3) % 64) }

    private func embed(_ model: TinyLlama, _ bench: TaskBench) throws -> BlobReference {
        var (forms, inputs) = try model.given(model.architecture.embeddingTensors, on: bench)
        inputs["tokens"] = try bench.keep(tokens)
        let result = try bench.run(
            TaskNames.embedTokens, EmbedTokensParameters(sequences: sequences, tensors: forms),
            inputs, ["hidden"])
        return try #require(result.blob(named: "hidden"))
    }

    private func segment(
        _ model: TinyLlama, _ bench: TaskBench, block: Int, _ groups: Range<Int>, taps: [Int],
        _ state: [String: BlobReference], _ outputs: [String], states: String? = nil,
        firstTokenWeight: Double? = nil
    ) throws -> TaskResult {
        let names = model.architecture.segmentTensors(block: block, groups: groups, taps: taps)
        var (forms, inputs) = try model.given(names, on: bench)
        inputs.merge(state) { $1 }
        return try bench.run(
            TaskNames.runSegment,
            RunSegmentParameters(
                block: block, firstGroup: groups.lowerBound, lastGroup: groups.upperBound,
                taps: taps, sequences: SequenceRange(first: 0, count: 3, length: 7),
                tensors: forms, states: states, firstTokenWeight: firstTokenWeight), inputs, outputs + taps.map { TaskNames.gram(tap: $0) })
    }

    /// Runs a whole block in one go, without tasks: its output and the inputs of its groups.
    private func direct(
        _ model: TinyLlama, block: Int, _ hidden: [[Float]]
    ) throws -> (hidden: [[Float]], taps: [Int: [[Float]]]) {
        let all = model.architecture.linearGroups(inBlock: block).map(\.index)
        let segment = try model.architecture.makeSegment(
            block: block, groups: 0..<4, taps: all, tensors: model)
        var taps: [Int: [[Float]]] = [:]
        let out = try hidden.map { sequence in
            let x = Matrix(
                rows: 7, columns: TinyLlama.hidden, copying: sequence.span)
            let state = try segment.run(hidden: x, middle: Matrix(rows: 0, columns: 0)) {
                tap, rows in
                for row in 0..<rows.rows {
                    taps[tap, default: []].append(numbers(rows.copy(rows: row..<row + 1)))
                }
            }
            switch state.hidden {
            case .some(let matrix): return numbers(matrix)
            case .none: return []
            }
        }
        return (out, taps)
    }

    @Test func `embeds the tokens of its shard`() throws {
        let bench = try TaskBench(), model = try TinyLlama()
        let hidden = try bench.floats(try embed(model, bench))
        let table = model.tensors["model.embed_tokens.weight"]?.numbers ?? []
        let expected = tokens[7..<28].flatMap { table[Int($0) * 32..<Int($0) * 32 + 32] }
        #expect(hidden == expected)
    }

    @Test func `run through segments as through the whole model`() throws {
        let bench = try TaskBench(), model = try TinyLlama()
        var hidden = try embed(model, bench)
        let start = try bench.floats(hidden)
        var rows = (0..<3).map { Array(start[$0 * 224..<($0 + 1) * 224]) }
        for block in 0..<2 {
            let (out, taps) = try direct(model, block: block, rows)
            var grams: [Int: BlobReference] = [:]
            var middle: BlobReference?
            // The cuts of a sequential plan: a tap, then the group it belongs to.
            for (groups, tap) in [(0..<0, 0), (0..<1, 1), (1..<2, 2), (2..<3, 3), (3..<4, nil)] {
                let changes = groups.contains(1) || groups.contains(3)
                let wants =
                    (changes ? ["hidden"] : [])
                    + (groups.contains(0) || groups.contains(2)
                        ? ["middle"] : [])
                let result = try segment(
                    model, bench, block: block, groups, taps: tap.map { [$0] } ?? [],
                    ["hidden": hidden].merging(middle.map { ["middle": $0] } ?? [:]) { $1 },
                    wants)
                hidden = result.blob(named: "hidden") ?? hidden
                middle = result.blob(named: "middle")
                if let tap { grams[tap] = result.blob(named: TaskNames.gram(tap: tap)) }
            }
            for tap in 0..<4 {
                let gram = try bench.floats(try #require(grams[tap]))
                #expect(deviation(gram, naiveGram(taps[tap] ?? [])) < 1e-5)
            }
            #expect(deviation(try bench.floats(hidden), out.joined().map(Double.init)) < 1e-6)
            rows = out
        }
    }

    @Test func `count the first token of a sequence as often as they are told`() throws {
        let bench = try TaskBench(), model = try TinyLlama()
        let hidden = try embed(model, bench)
        let start = try bench.floats(hidden)
        let (_, taps) = try direct(
            model, block: 0, (0..<3).map { Array(start[$0 * 224..<($0 + 1) * 224]) })
        let result = try segment(
            model, bench, block: 0, 0..<4, taps: [0, 1, 2, 3], ["hidden": hidden], [],
            firstTokenWeight: 5)
        for tap in 0..<4 {
            let rows = try #require(taps[tap])
            let firsts = [0, 7, 14].flatMap { [[Float]](repeating: rows[$0], count: 4) }
            let gram = try bench.floats(
                try #require(result.blob(named: TaskNames.gram(tap: tap))))
            #expect(deviation(gram, naiveGram(rows + firsts)) < 1e-5)
        }
        #expect(throws: TaskError.self) {
            try segment(
                model, bench, block: 0, 0..<1, taps: [0], ["hidden": hidden], [],
                firstTokenWeight: 0.5)
        }
    }

    @Test func `give each expert the Gram of the tokens that are routed to it`() throws {
        let bench = try TaskBench()
        let model = try TinyLlama(configuration: TinyLlama.mixture)
        let hidden = try embed(model, bench)
        let start = try bench.floats(hidden)
        let rows = (0..<3).map { Array(start[$0 * 224..<($0 + 1) * 224]) }
        let (out, taps) = try direct(model, block: 0, rows)
        let first = try segment(
            model, bench, block: 0, 0..<2, taps: [0, 1, 2, 3, 4], ["hidden": hidden], ["hidden"])
        let half = try #require(first.blob(named: "hidden"))
        let second = try segment(
            model, bench, block: 0, 2..<3, taps: [5, 6, 7], ["hidden": half], ["middle"])
        let middle = try #require(second.blob(named: "middle"))
        let third = try segment(
            model, bench, block: 0, 3..<4, taps: [], ["hidden": half, "middle": middle], ["hidden"])
        let end = try bench.floats(try #require(third.blob(named: "hidden")))
        #expect(deviation(end, out.joined().map(Double.init)) < 1e-6)
        for tap in 0..<8 {
            let result = tap < 5 ? first : second
            let gram = try bench.floats(
                try #require(result.blob(named: TaskNames.gram(tap: tap))))
            #expect(deviation(gram, naiveGram(taps[tap] ?? [])) < 1e-5)
        }
        // Two of three experts for each of 21 tokens.
        let counts = (2..<5).map { taps[$0]?.count ?? 0 }
        #expect(counts.reduce(0, +) == 2 * 21)
        #expect(counts == (5..<8).map { taps[$0]?.count ?? 0 })
        // Which of an expert's tokens were first is not known, so all count alike.
        let weighted = try segment(
            model, bench, block: 0, 0..<2, taps: [0, 2], ["hidden": hidden], [],
            firstTokenWeight: 9)
        let rest = try #require(taps[0])
        let all = try bench.floats(try #require(weighted.blob(named: TaskNames.gram(tap: 0))))
        let firsts = [0, 7, 14].flatMap { [[Float]](repeating: rest[$0], count: 8) }
        #expect(deviation(all, naiveGram(rest + firsts)) < 1e-5)
        #expect(
            weighted.blob(named: TaskNames.gram(tap: 2))
                == first.blob(named: TaskNames.gram(tap: 2)))
    }

    @Test func `keep the routes of tokens in states of half the bytes`() throws {
        let bench = try TaskBench()
        let model = try TinyLlama(configuration: TinyLlama.mixture)
        let start = try bench.floats(try embed(model, bench))
        let hidden = try bench.keep(
            Matrix(rows: 21, columns: 32, copying: start.span).encoded(as: .bfloat16))
        let first = try segment(
            model, bench, block: 0, 0..<3, taps: [], ["hidden": hidden], ["hidden", "middle"],
            states: "BF16")
        let second = try segment(
            model, bench, block: 0, 3..<4, taps: [],
            [
                "hidden": try #require(first.blob(named: "hidden")),
                "middle": try #require(first.blob(named: "middle")),
            ], ["hidden"], states: "BF16")
        let whole = try segment(
            model, bench, block: 0, 0..<4, taps: [], ["hidden": hidden], ["hidden"],
            states: "BF16")
        func values(_ result: TaskResult) throws -> [Float] {
            let bytes = try bench.bytes(try #require(result.blob(named: "hidden")))
            return stride(from: 0, to: bytes.count, by: 2).map {
                Float(bitPattern: UInt32(bytes[$0]) << 16 | UInt32(bytes[$0 + 1]) << 24)
            }
        }
        // The states between are rounded to 2⁻⁹; a wrong expert would change all of a token.
        #expect(deviation(try values(second), try values(whole).map(Double.init)) < 0.02)
    }

    @Test func `show mapped numbers, and decode them where they must`() throws {
        let bench = try TaskBench()
        let kept = try bench.keep([1, 2, 3, 4, 5, 6, 7].map { Int32(Float($0).bitPattern) })
        let blob = try bench.store.open(kept.digest)
        let shown = Matrix(rows: 2, columns: 3, showing: blob, at: 4, as: .float32)
        let (isOwned, seen) = (shown.isOwned, [shown[0, 0], shown[1, 2]])
        #expect(!isOwned)
        #expect(seen == [2, 7])
        let isCopyOwned = shown.copy().isOwned
        #expect(isCopyOwned)
        // At an odd address, and as another type.
        let odd = Matrix(rows: 1, columns: 2, showing: blob, at: 1, as: .float32)
        let narrow = Matrix(rows: 1, columns: 2, showing: blob, at: 2, as: .bfloat16)
        let owned = [odd.isOwned, narrow.isOwned]
        #expect(owned == [true, true])
        #expect(narrow[0, 0] == 1)
    }

    @Test func `keep states in half the bytes when they are told to`() throws {
        let bench = try TaskBench(), model = try TinyLlama()
        let whole = try embed(model, bench)
        let expected = try segment(
            model, bench, block: 0, 0..<4, taps: [1], ["hidden": whole], ["hidden"])
        let names = model.architecture.embeddingTensors
        var (forms, inputs) = try model.given(names, on: bench)
        inputs["tokens"] = try bench.keep(tokens)
        let half = try bench.run(
            TaskNames.embedTokens,
            EmbedTokensParameters(
                sequences: SequenceRange(first: 1, count: 3, length: 7), tensors: forms,
                states: "BF16"), inputs, ["hidden"])
        let start = try #require(half.blob(named: "hidden"))
        #expect(start.byteCount * 2 == whole.byteCount)
        let result = try segment(
            model, bench, block: 0, 0..<4, taps: [1], ["hidden": start], ["hidden"],
            states: "BF16")
        let state = try #require(result.blob(named: "hidden"))
        #expect(state.byteCount * 2 == whole.byteCount)
        let bytes = try bench.bytes(state)
        let values = stride(from: 0, to: bytes.count, by: 2).map {
            Float(bitPattern: UInt32(bytes[$0]) << 16 | UInt32(bytes[$0 + 1]) << 24)
        }
        let reference = try bench.floats(try #require(expected.blob(named: "hidden")))
        // Two roundings of 2⁻⁹ each, and what the block makes of the first one.
        #expect(deviation(values, reference.map(Double.init)) < 0.02)
        #expect(deviation(values, reference.map(Double.init)) > 0)
    }

    @Test func `give the same bytes when they run again`() throws {
        let model = try TinyLlama()
        let digests = try (0..<2).map { _ in
            let bench = try TaskBench()
            let hidden = try embed(model, bench)
            return try segment(
                model, bench, block: 1, 0..<4, taps: [0, 1, 2, 3], ["hidden": hidden],
                ["hidden"]
            ).outputs
        }
        #expect(digests[0] == digests[1])
        #expect(digests[0].map(\.name) == ["hidden", "gram:0", "gram:1", "gram:2", "gram:3"])
    }

    @Test func `score as log-softmax does`() throws {
        let bench = try TaskBench(), model = try TinyLlama()
        let hidden = randomNumbers(3 * 7 * 32, seed: 9)
        var (forms, inputs) = try model.given(model.architecture.headTensors, on: bench)
        inputs["tokens"] = try bench.keep(tokens)
        inputs["hidden"] = try bench.keep(hidden)
        let result = try bench.run(
            TaskNames.evaluateHead, EvaluateHeadParameters(sequences: sequences, tensors: forms),
            inputs, [])
        let facts = try CanonicalJSON.decode(EvaluationFacts.self, from: result.facts)
        #expect(facts.predictions == 6)
        #expect(result.outputs.isEmpty)
        let expected = (0..<3).map { window in
            (0..<6).reduce(0.0) { sum, position in
                let row = (window * 7 + position) * 32
                let target = tokens[(1 + window) * 7 + position + 1]
                return sum + loss(model, Array(hidden[row..<row + 32]), Int(target))
            }
        }
        for (sum, naive) in zip(facts.sums, expected) { #expect(abs(sum - naive) < 1e-4) }
        #expect(facts.sums.count == 3)
    }

    /// The negative log-likelihood of a token, plainly and in Float64.
    private func loss(_ model: TinyLlama, _ hidden: [Float], _ target: Int) -> Double {
        let norm = model.tensors["model.norm.weight"]?.numbers ?? []
        let table = model.tensors["model.embed_tokens.weight"]?.numbers ?? []
        let x = hidden.map(Double.init)
        let scale = 1 / (x.reduce(0) { $0 + $1 * $1 } / 32 + 1e-5).squareRoot()
        let logits = (0..<64).map { token in
            (0..<32).reduce(0.0) {
                $0 + x[$1] * scale * Double(norm[$1]) * Double(table[token * 32 + $1])
            }
        }
        return log(logits.reduce(0) { $0 + exp($1) }) - logits[target]
    }

    @Test func `refuse an input of another size`() throws {
        let bench = try TaskBench(), model = try TinyLlama()
        let short = try bench.keep([Float](repeating: 0, count: 5))
        let error = #expect(throws: TaskError.self) {
            try segment(
                model, bench, block: 0, 0..<4, taps: [], ["hidden": short], ["hidden"])
        }
        #expect(error?.description.contains("hidden") == true)
        #expect(error?.description.contains("\(3 * 7 * 32 * 4)") == true)
    }

    @Test func `name the block whose numbers overflow`() throws {
        let bench = try TaskBench()
        var model = try TinyLlama()
        model.tensors["model.layers.1.self_attn.v_proj.weight"]?.numbers[3] = .nan
        let hidden = try embed(model, bench)
        let error = #expect(throws: TaskError.self) {
            try segment(model, bench, block: 1, 0..<4, taps: [1], ["hidden": hidden], [])
        }
        #expect(error?.description.contains("group 1 in block 1") == true)
    }

    @Test func `refuse predictions that are no numbers`() throws {
        let bench = try TaskBench(), model = try TinyLlama()
        var (forms, inputs) = try model.given(model.architecture.headTensors, on: bench)
        inputs["tokens"] = try bench.keep(tokens)
        inputs["hidden"] = try bench.keep([Float](repeating: .nan, count: 3 * 7 * 32))
        #expect(throws: TaskError.self) {
            try bench.run(
                TaskNames.evaluateHead,
                EvaluateHeadParameters(sequences: sequences, tensors: forms), inputs, [])
        }
    }
}
