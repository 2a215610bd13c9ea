import Checkpoints
import Domain
import Linalg
import Testing

/// A checkpoint in memory, in which a test can break things.
private struct Checkpoint {
    var tensors: [String: StoredTensor] = [:]
    var configuration: [UInt8]

    init(_ format: GPTQTensors.CheckpointFormat?) throws {
        let scheme = QuantizationScheme(bits: 4, groupSize: 32, isSymmetric: false)
        let names = ["m.q_proj", "m.k_proj", "m.v_proj", "m.o_proj"]
        let schemes = Dictionary(uniqueKeysWithValues: names.map { ($0, scheme) })
        for (seed, name) in names.enumerated() {
            let linear = try randomLinear(
                outputs: 32, inputs: 64, scheme: scheme, leastZero: 1, seed: UInt64(seed))
            let written =
                try format.map {
                    try GPTQTensors.tensors(of: linear, named: name, checkpointFormat: $0)
                } ?? PackQuantized.tensors(of: linear, named: name)
            for tensor in written { tensors[tensor.form.name] = tensor }
        }
        configuration = Array("{}".utf8)
        if let format {
            configuration = try GPTQConfiguration(
                schemes: schemes, ignore: ["m.gate"], checkpointFormat: format
            ).inserted(into: configuration, dampingFraction: nil, software: "test:1")
        } else {
            configuration = try CompressedTensorsConfiguration(
                schemes: schemes, ignore: ["m.gate", "lm_head"]
            ).inserted(into: configuration)
        }
        add("m.gate.weight", [1, 2, 3, 4])
        add("m.norm.weight", [1, 2])
    }

    mutating func add(_ name: String, _ numbers: [Float]) {
        let form = TensorForm(name: name, elementType: "F32", shape: [numbers.count])
        tensors[name] = StoredTensor(form, bytes: float32Bytes(numbers))
    }

    /// Changes a tensor's bytes.
    mutating func patch(_ name: String, _ change: (inout [UInt8]) -> Void) {
        guard let tensor = tensors[name] else { return }
        var bytes = tensor.bytes
        change(&bytes)
        tensors[name] = StoredTensor(tensor.form, bytes: bytes)
    }

    /// Gives a tensor another shape or type of as many bytes.
    mutating func reshape(_ name: String, _ type: String, _ shape: [Int]) {
        guard let tensor = tensors[name] else { return }
        let form = TensorForm(name: name, elementType: type, shape: shape)
        tensors[name] = StoredTensor(form, bytes: tensor.bytes)
    }

    func findings(linears: [String] = []) throws -> [String] {
        var references: [TensorReference] = []
        var data: [UInt8] = []
        for tensor in tensors.values.sorted(by: { $0.form.name < $1.form.name }) {
            let range = data.count..<data.count + tensor.bytes.count
            data += tensor.bytes
            references.append(
                TensorReference(
                    name: tensor.form.name, file: "model.safetensors", shape: tensor.form.shape,
                    elementType: tensor.form.elementType, byteRange: range))
        }
        guard
            let found = try QuantizedCheckpoint.recognise(
                configuration: configuration, quantizeConfiguration: nil, tensors: references)
        else { return ["dense"] }
        return QuantizedCheckpointCheck(found, linears: linears).findings {
            (tensor) throws(CheckpointError) in Array(data[tensor.byteRange])
        }
    }
}

private let linears = ["m.q_proj", "m.k_proj", "m.v_proj", "m.o_proj", "m.gate", "lm_head"]

@Suite struct `The check of a quantised checkpoint` {
    @Test(arguments: [nil, .v1, .v2] as [GPTQTensors.CheckpointFormat?])
    func `finds nothing in a sound one`(format: GPTQTensors.CheckpointFormat?) throws {
        #expect(try Checkpoint(format).findings(linears: linears) == [])
    }

    @Test(arguments: QuantizedFixture.formats)
    func `finds nothing in the reference's`(format: String) throws {
        let fixture = try QuantizedFixture(format)
        let findings = QuantizedCheckpointCheck(fixture.checkpoint).findings {
            (tensor) throws(CheckpointError) in fixture.read(tensor)
        }
        #expect(findings == [])
    }

    @Test(arguments: [
        "weight_scale", "weight_shape", "weight_zero_point",
    ])
    func `misses a tensor of a packed layer`(part: String) throws {
        var checkpoint = try Checkpoint(nil)
        checkpoint.tensors["m.o_proj.\(part)"] = nil
        #expect(
            try checkpoint.findings() == [
                "Layer 'm.o_proj' is not properly quantised: its tensor \(part) is missing."
            ])
    }

    @Test(arguments: ["qzeros", "scales"])
    func `misses a tensor of a GPTQ layer`(part: String) throws {
        var checkpoint = try Checkpoint(.v2)
        checkpoint.tensors["m.o_proj.\(part)"] = nil
        #expect(
            try checkpoint.findings() == [
                "Layer 'm.o_proj' is not properly quantised: its tensor \(part) is missing."
            ])
    }

    @Test func `misses a layer as a whole`() throws {
        var checkpoint = try Checkpoint(nil)
        for part in ["packed", "scale", "shape", "zero_point"] {
            checkpoint.tensors["m.o_proj.weight_\(part)"] = nil
        }
        checkpoint.tensors["m.gate.weight"] = nil
        #expect(
            try checkpoint.findings(linears: linears) == [
                "The layer m.gate has neither codes nor a dense weight.",
                "The configuration says that the layer m.o_proj is quantised, and it has no codes.",
            ])
    }

    @Test func `finds scales that are zero or not finite, in each format`() throws {
        for (format, name) in [(nil, "weight_scale"), (.v1, "scales")]
            as [(GPTQTensors.CheckpointFormat?, String)]
        {
            for pattern: [UInt8] in [[0, 0], [0, 0x80], [0, 0x7C], [1, 0xFE]] {
                var checkpoint = try Checkpoint(format)
                checkpoint.patch("m.o_proj.\(name)") { $0.replaceSubrange(4..<6, with: pattern) }
                let findings = try checkpoint.findings()
                #expect(findings.count == 1)
                #expect(findings.first?.contains("finite and not zero") == true)
            }
        }
    }

    @Test func `finds wrong types and shapes`() throws {
        let wrong: [(String, String, [Int])] = [
            ("weight_scale", "F16", [64]), ("weight_scale", "F16", [2, 32]),
            ("weight_scale", "I16", [32, 2]), ("weight_packed", "F32", [32, 8]),
            ("weight_packed", "I32", [16, 16]), ("weight_packed", "I32", [256]),
            ("weight_zero_point", "I32", [2, 4]), ("weight_shape", "I32", [4]),
        ]
        for (part, type, shape) in wrong {
            var checkpoint = try Checkpoint(nil)
            checkpoint.reshape("m.o_proj.\(part)", type, shape)
            #expect(try checkpoint.findings().count == 1, "\(part) \(type) \(shape)")
        }
        let wrongGPTQ: [(String, String, [Int])] = [
            ("qweight", "I32", [4, 64]), ("qweight", "I32", [32, 8]), ("qweight", "F32", [8, 32]),
            ("qweight", "I32", [256]), ("qzeros", "I32", [4, 2]), ("scales", "F16", [32, 2]),
            ("g_idx", "I32", [32, 2]), ("g_idx", "F32", [64]),
        ]
        for (part, type, shape) in wrongGPTQ {
            var checkpoint = try Checkpoint(.v2)
            checkpoint.reshape("m.o_proj.\(part)", type, shape)
            #expect(try checkpoint.findings().count == 1, "\(part) \(type) \(shape)")
        }
    }

    @Test func `survives shapes that lie about the layer`() throws {
        for bytes: [UInt8] in [
            [UInt8](repeating: 0xFF, count: 16), [UInt8](repeating: 0x7F, count: 16),
            [UInt8](repeating: 0, count: 16), [32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
            [32, 0, 0, 0, 0, 0, 0, 0, 96, 0, 0, 0, 0, 0, 0, 0],
        ] {
            var checkpoint = try Checkpoint(nil)
            checkpoint.patch("m.o_proj.weight_shape") { $0 = bytes }
            #expect(try checkpoint.findings().count == 1)
        }
    }

    @Test func `finds group indices out of range and zero codes that readers disagree on`() throws {
        var checkpoint = try Checkpoint(.v1)
        checkpoint.patch("m.o_proj.g_idx") { $0[0] = 2 }
        checkpoint.patch("m.q_proj.g_idx") { $0[3] = 0xFF }
        checkpoint.patch("m.k_proj.qzeros") { $0[0] = 0xFF }
        let findings = try checkpoint.findings()
        #expect(findings.count == 3)
        #expect(findings.contains { $0.contains("names group 2 and there are 2 groups") })
        #expect(findings.contains { $0.contains("quantise the model again in the format gptq_v2") })
    }

    @Test func `finds what contradicts the configuration`() throws {
        var checkpoint = try Checkpoint(nil)
        checkpoint.add("m.o_proj.weight", [1])
        checkpoint.add("m.other.weight_scale", [1])
        checkpoint.configuration = Array(
            String(decoding: checkpoint.configuration, as: UTF8.self)
                .replacing("\"m.gate\"", with: "\"m.k_proj\"").utf8)
        let findings = try checkpoint.findings(linears: linears)
        #expect(
            findings == [
                "Layer 'm.k_proj' is not properly quantised: it has codes, and the configuration "
                    + "says that it is dense.",
                "The layer m.o_proj has codes and a dense weight as well: remove the latter.",
                "The tensor m.other.weight_scale belongs to a layer that has no codes.",
                "The configuration says that the layer m.gate is quantised, and it has no codes.",
            ])
    }

    @Test func `finds layers that are served as one and differ`() throws {
        var checkpoint = try Checkpoint(nil)
        checkpoint.tensors = checkpoint.tensors.filter { !$0.key.hasPrefix("m.k_proj.") }
        checkpoint.add("m.k_proj.weight", [1, 2])
        let findings = try checkpoint.findings(linears: linears)
        #expect(findings.count == 2)
        #expect(findings.last?.contains("m.k_proj (dense), m.q_proj (4 bits") == true)
    }

    @Test func `finds numbers that are not finite elsewhere`() throws {
        var checkpoint = try Checkpoint(nil)
        checkpoint.add("m.norm.weight", [1, .nan])
        checkpoint.add("m.o_proj.bias", [-.infinity])
        #expect(
            try checkpoint.findings() == [
                "The tensor m.norm.weight holds a NaN or an infinity.",
                "The tensor m.o_proj.bias holds a NaN or an infinity.",
            ])
    }

    @Test func `says where a file ends early`() throws {
        let fixture = try QuantizedFixture("gptq")
        let layer = try #require(fixture.checkpoint.layers.first)
        #expect(throws: CheckpointError.self) {
            try fixture.checkpoint.linear(layer) { (tensor) throws(CheckpointError) in
                Array(fixture.read(tensor).dropLast())
            }
        }
    }
}

@Suite struct `A quantised checkpoint with changed bytes` {
    /// A trap would end the test run; each finding is a sentence that names something.
    @Test(arguments: [nil, .v1, .v2] as [GPTQTensors.CheckpointFormat?])
    func `is read or refused`(format: GPTQTensors.CheckpointFormat?) throws {
        var generator = SplitMix64(seed: 20_261_122)
        let sound = try Checkpoint(format)
        let names = sound.tensors.keys.sorted()
        var refused = 0
        for _ in 0..<400 {
            var checkpoint = sound
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                checkpoint.disturb(names, using: &generator)
            }
            do {
                let findings = try checkpoint.findings(linears: linears)
                #expect(findings.allSatisfy { $0.hasSuffix(".") })
                if !findings.isEmpty { refused += 1 }
            } catch {
                #expect(error is CheckpointError)
                refused += 1
            }
        }
        // Both ways must be taken, or only half of it is tested.
        #expect(refused > 50 && refused < 400)
    }
}

extension Checkpoint {
    /// Changes a byte of the configuration or of a tensor, a shape, a type, or removes a tensor.
    fileprivate mutating func disturb(_ names: [String], using generator: inout SplitMix64) {
        guard let name = names.randomElement(using: &generator), let tensor = tensors[name] else {
            return
        }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0:
            let place = Int.random(in: configuration.indices, using: &generator)
            configuration[place] = .random(in: 0x20...0x7E, using: &generator)
        case 1:
            let digits = configuration.indices.filter { 0x30...0x39 ~= configuration[$0] }
            if let place = digits.randomElement(using: &generator) {
                configuration[place] = .random(in: 0x30...0x39, using: &generator)
            }
        case 2: tensors[name] = nil
        case 3:
            reshape(name, tensor.form.elementType, tensor.form.shape.shuffled(using: &generator))
        case 4 where tensor.form.elementType == "I32":
            reshape(name, "F32", tensor.form.shape)
        default:
            patch(name) { bytes in
                let place = Int.random(in: bytes.indices, using: &generator)
                bytes[place] = .random(in: 0...255, using: &generator)
            }
        }
    }
}
