import Checkpoints
import Models
import Testing

@Suite struct `Llama's layers` {
    @Test func `come in four groups in the order of execution`() throws {
        let model = try SampleModel(fixture: "wide-heads").architecture
        let groups = model.linearGroups(inBlock: 0)
        #expect(groups.map(\.index) == [0, 1, 2, 3])
        #expect(groups.map(\.tap) == ["qkv_input", "o_input", "gate_up_input", "down_input"])
        #expect(groups.map(\.inputs) == [32, 64, 32, 48])
        let linears = model.linears(inBlock: 0)
        #expect(
            linears.map(\.name) == ["q", "k", "v", "o"].map {
                "model.layers.0.self_attn.\($0)_proj"
            }
                + ["gate", "up", "down"].map { "model.layers.0.mlp.\($0)_proj" }
        )
        #expect(linears.map(\.outputs) == [64, 32, 32, 32, 48, 48, 32])
        #expect(linears.map(\.group) == [0, 0, 0, 1, 2, 2, 3])
        #expect(linears.allSatisfy { $0.bias == nil && $0.weight == $0.name + ".weight" })
    }

    @Test func `name their biases when there are any`() throws {
        let model = try SampleModel(fixture: "biases").architecture
        #expect(model.linears(inBlock: 0).allSatisfy { $0.bias == $0.name + ".bias" })
    }

    @Test(arguments: SampleModel.variants)
    func `are all the tensors of a checkpoint`(variant: String) throws {
        let model = try SampleModel(fixture: variant)
        let expected = model.architecture.expectedTensors()
        #expect(expected.map(\.name).sorted() == model.folder.tensors.map(\.name).sorted())
        let elements = model.folder.tensors.reduce(0) { $0 + $1.elementCount }
        #expect(model.architecture.parameterCount == elements)
    }

    private func validate(
        _ variant: String,
        _ change: (inout [TensorReference]) -> Void
    ) throws {
        let model = try SampleModel(fixture: variant)
        var tensors = model.folder.tensors
        change(&tensors)
        try model.architecture.validate(tensors: tensors)
    }

    private func tensor(_ name: String, _ shape: [Int], _ type: String = "F32") -> TensorReference {
        TensorReference(
            name: name,
            file: "x.safetensors",
            shape: shape,
            elementType: type,
            byteRange: 0..<0
        )
    }

    @Test func `are refused when one is missing, unknown, or of another shape or type`() throws {
        let q = "model.layers.0.self_attn.q_proj.weight"
        #expect { try validate("gqa-untied") { $0.removeAll { $0.name == q } } } throws: {
            "\($0)".contains("'\(q)' is missing")
        }
        #expect { try validate("gqa-untied") { $0.append(tensor("extra", [1])) } } throws: {
            "\($0)".contains("'extra' is unknown")
        }
        for wrong in [tensor(q, [32, 31]), tensor(q, [32]), tensor(q, [32, 32], "I8")] {
            #expect {
                try validate("gqa-untied") { tensors in
                    tensors.removeAll { $0.name == q }
                    tensors.append(wrong)
                }
            } throws: { "\($0)".contains(q) }
        }
        #expect { try validate("gqa-untied") { $0 = [] } } throws: { "\($0)".contains("more are") }
    }

    @Test func `may be accompanied by old buffers, and a copy of a tied embedding`() throws {
        let buffer = tensor("model.layers.0.self_attn.rotary_emb.inv_freq", [4])
        try validate("gqa-untied") { $0.append(buffer) }
        try validate("mha-tied") { $0.append(tensor("lm_head.weight", [64, 32])) }
    }

    @Test func `cost two operations a weight and token`() throws {
        let model = try SampleModel(fixture: "gqa-untied").architecture
        let weights = { (groups: Range<Int>) in
            model.linears(inBlock: 0).filter { groups.contains($0.group) }
                .reduce(0) { $0 + $1.outputs * $1.inputs }
        }
        let flops = { (groups: Range<Int>) in
            model.segmentFlops(block: 0, groups: groups, tokens: 96, sequenceLength: 48)
        }
        #expect(flops(1..<4) == Double(2 * 96 * weights(1..<4)))
        #expect(flops(0..<1) == Double(2 * 96 * weights(0..<1) + 2 * 96 * 49 * 32))
        #expect(flops(0..<4) == flops(0..<1) + flops(1..<4))
        #expect(model.headFlops(tokens: 10) == Double(2 * 10 * 64 * 32))
    }

    @Test func `need memory for weights and states`() throws {
        let model = try SampleModel(fixture: "gqa-untied").architecture
        let bytes = { (groups: Range<Int>, length: Int) in
            model.segmentWorkingBytes(
                block: 0, groups: groups, tokens: length, sequenceLength: length)
        }
        #expect(
            bytes(0..<4, 0) >= 4
                * model.linears(inBlock: 0).reduce(0) { $0 + $1.outputs * $1.inputs }
        )
        #expect(bytes(0..<4, 48) > bytes(0..<4, 24))
        for group in 0..<4 { #expect(bytes(group..<group + 1, 48) <= bytes(0..<4, 48)) }
        #expect(model.headWorkingBytes(tokens: 10) == 4 * (64 * 32 + 10 * (64 + 64)))
    }
}
