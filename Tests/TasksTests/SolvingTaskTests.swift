import Blobs
import Checkpoints
import Domain
import Foundation
import Linalg
import Methods
import Tasks
import Testing

@Suite struct `Solving tasks` {
    private let gptq = CompressionMethod.gptq(
        QuantizationOptions(bits: 3, groupSize: 8, actOrder: .static))

    /// A Gram of 64 random rows of 32 inputs, packed.
    private func gram(seed: UInt64 = 3) -> [Float] {
        let rows = (0..<64).map { randomNumbers(32, seed: seed &* 1_000 &+ $0) }
        return naiveGram(rows).map(Float.init)
    }

    private func factor(
        _ bench: TaskBench, actOrder: Bool = true, gram: [Float]
    ) throws -> BlobReference {
        let result = try bench.run(
            TaskNames.factorGram,
            FactorGramParameters(dimension: 32, damping: 0.02, actOrder: actOrder, label: "x"),
            ["gram": try bench.keep(gram)], ["factor"])
        return try #require(result.blob(named: "factor"))
    }

    private func compress(
        _ bench: TaskBench, _ method: CompressionMethod, type: String = "F32",
        weight: [UInt8], _ inputs: [String: BlobReference]
    ) throws -> (facts: LayerFacts, weight: BlobReference) {
        let form = TensorForm(name: "w", elementType: type, shape: [16, 32])
        let all = inputs.merging(["weight": try bench.keep(weight)]) { $1 }
        let result = try bench.run(
            TaskNames.compressLayer,
            CompressLayerParameters(layer: "model.x", weight: form, method: method), all,
            ["weight"])
        return (
            try CanonicalJSON.decode(LayerFacts.self, from: result.facts),
            try #require(result.blob(named: "weight"))
        )
    }

    private func matrix(_ bytes: [UInt8], as type: ElementType = .float32) -> Matrix {
        Matrix(rows: 16, columns: 32, decoding: bytes, as: type)
    }

    @Test(arguments: [ElementType.float32, .bfloat16])
    func `compress a weight that is stored by inputs as its transpose`(
        type: ElementType
    ) throws {
        let bench = try TaskBench(), gram = gram()
        let inputs = [
            "factor": try factor(bench, gram: gram), "gram": try bench.keep(gram),
            "held_out_gram": try bench.keep(self.gram(seed: 8)),
        ]
        let plain = matrix(float32Bytes(randomNumbers(512, seed: 9)))
        let byOutputs = try compress(
            bench, gptq, type: type.rawValue, weight: plain.encoded(as: type), inputs)
        let turned = plain.transposed().encoded(as: type)
        let form = TensorForm(name: "w", elementType: type.rawValue, shape: [32, 16])
        let result = try bench.run(
            TaskNames.compressLayer,
            CompressLayerParameters(
                layer: "model.x", weight: form, isStoredByInputs: true, method: gptq),
            inputs.merging(["weight": try bench.keep(turned)]) { $1 }, ["weight"])
        let facts = try CanonicalJSON.decode(LayerFacts.self, from: result.facts)
        #expect(facts == byOutputs.facts)
        #expect(facts.error ?? 0 > 0)
        let compressed = try bench.bytes(try #require(result.blob(named: "weight")))
        let expected = matrix(try bench.bytes(byOutputs.weight), as: type).transposed()
        #expect(compressed == expected.encoded(as: type))
        #expect(compressed != turned)
    }

    @Test(arguments: [OutputFormat.compressedTensors, .gptqV2])
    func `give codes that stand for the weight they give`(format: OutputFormat) throws {
        let bench = try TaskBench(), gram = gram()
        let scaleType: ElementType = format == .compressedTensors ? .bfloat16 : .float16
        let method = CompressionMethod.gptq(
            QuantizationOptions(
                bits: 4, groupSize: 8, scaleType: .init(rawValue: scaleType.rawValue)))
        let scheme = QuantizationScheme(bits: 4, groupSize: 8, isSymmetric: false)
        let plain = Matrix(
            rows: 32, columns: 32, decoding: float32Bytes(randomNumbers(1_024, seed: 9)),
            as: .float32)
        let forms = try QuantizedForms.forms(
            of: "model.x", outputs: 32, inputs: 32, scheme: scheme,
            scaleType: scaleType.rawValue, in: format)
        let names = forms.map { TaskNames.code($0.name, in: format) }
        let result = try bench.run(
            TaskNames.compressLayer,
            CompressLayerParameters(
                layer: "model.x",
                weight: TensorForm(
                    name: "w", elementType: scaleType.rawValue, shape: [32, 32]),
                method: method,
                codes: CodeOutputs(
                    formats: [format], scheme: scheme, scaleType: scaleType.rawValue)),
            [
                "weight": try bench.keep(plain.encoded(as: scaleType)),
                "factor": try factor(bench, actOrder: false, gram: gram),
                "gram": try bench.keep(gram),
            ], ["weight"] + names)
        let stored = try zip(forms, names).map { form, name in
            StoredTensor(form, bytes: try bench.bytes(try #require(result.blob(named: name))))
        }
        let linear =
            format == .compressedTensors
            ? try PackQuantized.read(
                layer: "model.x", tensors: stored, scheme: scheme, version: "0.12.2")
            : try GPTQTensors.read(
                layer: "model.x", tensors: stored, scheme: scheme, checkpointFormat: .v2)
        let weight = try bench.bytes(try #require(result.blob(named: "weight")))
        #expect(linear.dequantized().encoded(as: scaleType) == weight)
        #expect(Set(linear.codes).count > 4)
    }

    @Test func `add partial Grams in their order`() throws {
        let bench = try TaskBench()
        let partials = (0..<3).map { randomNumbers(6, seed: $0) }
        var inputs: [String: BlobReference] = [:]
        for (index, partial) in partials.enumerated() {
            inputs[TaskNames.partial(index)] = try bench.keep(partial)
        }
        let result = try bench.run(
            TaskNames.reduceGram, ReduceGramParameters(dimension: 3, partials: 3), inputs,
            ["gram"])
        let sum = try bench.floats(try #require(result.blob(named: "gram")))
        let expected = (0..<6).map { index in
            Float(partials.reduce(0.0) { $0 + Double($1[index]) })
        }
        #expect(sum == expected)
    }

    @Test(arguments: [false, true])
    func `carry a factor through a blob unchanged`(_ ordered: Bool) throws {
        let bench = try TaskBench(), gram = gram()
        let weight = float32Bytes(randomNumbers(512, seed: 4))
        let options = QuantizationOptions(
            bits: 3, groupSize: 8, actOrder: ordered ? .static : .none)
        let stored = try compress(
            bench, .gptq(options), weight: weight,
            ["factor": try factor(bench, actOrder: ordered, gram: gram)])
        let direct: InverseFactor? = try makeFactor(
            gram: symmetricMatrix(dimension: 32, packedTriangle: gram.span),
            dampingFraction: 0.02, actOrder: ordered, layer: "x")
        let expected = try Methods.compress(
            matrix(weight), method: .gptq(options), factor: direct, layer: "x")
        #expect(try bench.floats(stored.weight) == numbers(expected.weight))
        #expect(stored.facts.damping == 0.02)
        #expect(stored.facts.deadColumns == 0)
        #expect(stored.facts.error == nil)
    }

    @Test(arguments: ["F32", "BF16", "F16"])
    func `measure the weight as it is stored`(_ name: String) throws {
        let bench = try TaskBench(), gram = gram(), held = self.gram(seed: 8)
        let type = try #require(ElementType(rawValue: name))
        let weight = matrix(float32Bytes(randomNumbers(512, seed: 5))).encoded(as: type)
        let (facts, blob) = try compress(
            bench, gptq, type: name, weight: weight,
            [
                "gram": try bench.keep(gram), "held_out_gram": try bench.keep(held),
                "factor": try factor(bench, gram: gram),
            ])
        #expect(blob.byteCount == 512 * type.byteCount)
        let stored = matrix(try bench.bytes(blob), as: type)
        func error(_ gram: [Float]) -> Double {
            relativeOutputError(
                original: matrix(weight, as: type), compressed: stored,
                gram: symmetricMatrix(dimension: 32, packedTriangle: gram.span))
        }
        #expect(facts.error == error(gram))
        #expect(facts.heldOutError == error(held))
        #expect((facts.error ?? 1) < 0.2)
        #expect(facts.layer == "model.x")
        #expect(facts.method == "gptq")
        #expect(facts.outputs == 16 && facts.inputs == 32)
        // Three bits, and for each eight weights a scale of 16 bits and a zero of three.
        #expect(facts.bitsPerWeight == 5.375)
    }

    @Test func `round without any data`() throws {
        let bench = try TaskBench()
        let weight = float32Bytes(randomNumbers(512, seed: 6))
        let method = CompressionMethod.roundToNearest(QuantizationOptions(groupSize: 16))
        let (facts, blob) = try compress(bench, method, weight: weight, [:])
        #expect(facts.error == nil && facts.heldOutError == nil && facts.damping == nil)
        let expected = try Methods.compress(matrix(weight), method: method, layer: "x")
        #expect(try bench.floats(blob) == numbers(expected.weight))
    }

    @Test func `count zeros and dead columns`() throws {
        let bench = try TaskBench()
        var gram = gram()
        // Input 2 never occurs: its row and column of the Gram are zero.
        for other in 0..<32 {
            let (row, column) = (max(2, other), min(2, other))
            gram[row * (row + 1) / 2 + column] = 0
        }
        let method = CompressionMethod.wanda(
            SparsityOptions(pattern: .structured(pruned: 2, of: 4)))
        let (facts, blob) = try compress(
            bench, method, weight: float32Bytes(randomNumbers(512, seed: 7)),
            ["gram": try bench.keep(gram)])
        #expect(facts.sparsity == 0.5)
        #expect(facts.deadColumns == 1)
        #expect(facts.bitsPerWeight == nil)
        let rows = try bench.floats(blob)
        for start in stride(from: 0, to: 512, by: 4) {
            #expect(rows[start..<start + 4].count { $0 == 0 } == 2)
        }
    }

    @Test func `give the same bytes when they run again`() throws {
        let digests = try (0..<2).map { _ in
            let bench = try TaskBench(), gram = gram()
            let factor = try factor(bench, gram: gram)
            let weight = try compress(
                bench, gptq, weight: float32Bytes(randomNumbers(512, seed: 1)),
                ["gram": try bench.keep(gram), "factor": factor])
            return [factor.digest, weight.weight.digest]
        }
        #expect(digests[0] == digests[1])
    }

    @Test func `name the layer whose weights are no numbers`() throws {
        let bench = try TaskBench()
        var weight = randomNumbers(512, seed: 1)
        weight[77] = .nan
        let error = #expect(throws: MethodError.self) {
            try compress(
                bench, .roundToNearest(QuantizationOptions()), weight: float32Bytes(weight), [:])
        }
        #expect(error?.description.contains("model.x") == true)
    }

    @Test func `refuse a layer that no calibration token has reached`() throws {
        let bench = try TaskBench()
        let weight = float32Bytes(randomNumbers(512, seed: 1))
        let nothing = [Float](repeating: 0, count: 32 * 33 / 2)
        #expect(throws: MethodError.self) { try factor(bench, gram: nothing) }
        let given = ["gram": try bench.keep(nothing)]
        let wanda = CompressionMethod.wanda(
            SparsityOptions(pattern: .structured(pruned: 2, of: 4)))
        let error = #expect(throws: MethodError.self) {
            try compress(bench, wanda, weight: weight, given)
        }
        #expect(error?.description.contains("model.x: all 32 inputs are zero") == true)
        // What looks at the weight alone needs no input.
        _ = try compress(
            bench, .roundToNearest(QuantizationOptions(bits: 4, groupSize: 8)), weight: weight,
            given)
    }

    @Test func `refuse a broken factor, and one of another layer`() throws {
        let bench = try TaskBench(), gram = gram()
        let weight = float32Bytes(randomNumbers(512, seed: 1))
        let good = try bench.bytes(try factor(bench, gram: gram))
        for bytes in [[], Array(good.prefix(7)), Array(good.dropLast(4)), good + [0, 0, 0, 0]] {
            #expect(throws: TaskError.self) {
                try compress(bench, gptq, weight: weight, ["factor": try bench.keep(bytes)])
            }
        }
        let small = try bench.run(
            TaskNames.factorGram,
            FactorGramParameters(dimension: 3, damping: 0.1, actOrder: false, label: "x"),
            ["gram": try bench.keep([2, 0, 2, 0, 0, 2] as [Float])], ["factor"])
        let blob = try #require(small.blob(named: "factor"))
        #expect(throws: TaskError.self) {
            try compress(bench, gptq, weight: weight, ["factor": blob])
        }
    }

    @Test func `assemble a file that reads back`() throws {
        let bench = try TaskBench()
        let forms = [
            TensorForm(name: "b", elementType: "F32", shape: [2, 3]),
            TensorForm(name: "a", elementType: "BF16", shape: [5]),
            TensorForm(name: "c", elementType: "F32", shape: [0]),
        ]
        let contents: [String: [UInt8]] = [
            "a": Array(1...10), "b": Array(100..<124), "c": [],
        ]
        var inputs: [String: BlobReference] = [:]
        for (name, bytes) in contents { inputs[TaskNames.tensor(name)] = try bench.keep(bytes) }
        let result = try bench.run(
            TaskNames.assembleShard,
            AssembleShardParameters(tensors: forms, metadata: ["format": "pt"]), inputs,
            ["file"])
        let bytes = try bench.bytes(try #require(result.blob(named: "file")))
        let file = bench.folder.appendingPathComponent("model.safetensors")
        try Data(bytes).write(to: file)
        let header = try SafetensorsHeader.read(fileAt: file)
        #expect(header.metadata == ["format": "pt"])
        #expect(header.tensors.map(\.name) == ["a", "b", "c"])
        for tensor in header.tensors {
            #expect(Array(bytes[tensor.byteRange]) == contents[tensor.name])
            #expect(forms.first { $0.name == tensor.name }?.shape == tensor.shape)
        }
    }

    @Test func `sort errors by what is to be done`() throws {
        let bench = try TaskBench()
        let lost = Digest(sha256Of: Array("lost".utf8))
        let error = #expect(throws: BlobError.self) {
            try bench.run(
                TaskNames.reduceGram, ReduceGramParameters(dimension: 1, partials: 1),
                [TaskNames.partial(0): BlobReference(digest: lost, byteCount: 4)], ["gram"])
        }
        let failure = TaskCatalogue.failure(for: try #require(error))
        #expect(failure.failureClass == .lostInput)
        #expect(failure.missing == [lost])
        #expect(
            TaskCatalogue.failure(for: TaskError.data("bad")).failureClass == .deterministic)
        let full = BlobError.noSpace(path: "/", neededBytes: 1)
        #expect(TaskCatalogue.failure(for: full).failureClass == .environment)
    }

    @Test func `refuse what they do not know`() throws {
        let bench = try TaskBench()
        #expect(throws: TaskError.self) { try bench.run("dance", [String: Int](), [:], []) }
        #expect(throws: TaskError.self) {
            try bench.run(TaskNames.reduceGram, [String: Int](), [:], ["gram"])
        }
        let error = #expect(throws: TaskError.self) {
            try bench.run(
                TaskNames.reduceGram, ReduceGramParameters(dimension: 1, partials: 1), [:],
                ["gram"])
        }
        #expect(error?.description.contains("partial:0") == true)
        #expect(throws: TaskError.self) {
            try TaskCatalogue.run(
                kind: TaskNames.reduceGram, version: 99, parameters: [], inputs: [:],
                outputs: [], store: bench.store)
        }
        #expect(TaskCatalogue.names.map(\.name) == TaskCatalogue.names.map(\.name).sorted())
        #expect(TaskCatalogue.names.count == 10)
    }
}
