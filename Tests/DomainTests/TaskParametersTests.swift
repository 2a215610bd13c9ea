import Domain
import Testing

/// Parameters are hashed into keys, so equal ones must give equal bytes and come back unchanged.
@Suite struct `Task parameters` {
    private let form = TensorForm(name: "a/b.weight", elementType: "BF16", shape: [3, 5])

    private func comesBack<Value: Codable & Equatable>(_ value: Value) throws -> Bool {
        let bytes = try CanonicalJSON.encode(value)
        let back = try CanonicalJSON.decode(Value.self, from: bytes)
        return try back == value && CanonicalJSON.encode(back) == bytes
    }

    @Test func `come back from their canonical bytes`() throws {
        let sequences = SequenceRange(first: 2, count: 16, length: 512)
        #expect(try comesBack(EmbedTokensParameters(sequences: sequences, tensors: [form])))
        #expect(try comesBack(EvaluateHeadParameters(sequences: sequences, tensors: [])))
        #expect(try comesBack(ReduceGramParameters(dimension: 256, partials: 8)))
        #expect(
            try comesBack(
                FactorGramParameters(dimension: 256, damping: 0.01, actOrder: true, label: "l")))
        #expect(try comesBack(AssembleShardParameters(tensors: [form], metadata: ["b": "1"])))
        #expect(try comesBack(EvaluationFacts(sums: [0.1, 1e300, 3], predictions: 511)))
        #expect(try comesBack(CompareEmbeddingsParameters(sequences: sequences, width: 384)))
        #expect(try comesBack(EmbeddingFacts(cosines: [1, -0.25, 0.1])))
    }

    @Test func `have the same bytes whatever the order of a dictionary`() throws {
        let pairs = (0..<20).map { ("key\($0)", "value\($0)") }
        let forward = AssembleShardParameters(
            tensors: [], metadata: Dictionary(uniqueKeysWithValues: pairs))
        let backward = AssembleShardParameters(
            tensors: [], metadata: Dictionary(uniqueKeysWithValues: pairs.reversed()))
        #expect(try CanonicalJSON.encode(forward) == CanonicalJSON.encode(backward))
    }

    @Test func `say that windows are wrapped only where they are`() throws {
        func text(wraps: Bool) throws -> String {
            let bytes = try CanonicalJSON.encode(
                PrepareTokensParameters(
                    format: .text, length: 64, windows: nil, heldOut: 0, seed: nil,
                    addsSpecialTokens: true, wrapsWindows: wraps, vocabularySize: 100))
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(try text(wraps: true).contains("\"wrapsWindows\":true"))
        #expect(try !text(wraps: false).contains("wrapsWindows"))
    }

    @Test func `name tensors, Grams and partial sums apart`() {
        let names = [
            TaskNames.tensor("1"), TaskNames.gram(tap: 1), TaskNames.partial(1),
            TaskNames.tensor("2"), TaskNames.gram(tap: 2), TaskNames.partial(2),
        ]
        #expect(Set(names).count == names.count)
        #expect(ControlEnvelope.worker != ControlEnvelope.client)
    }
}
