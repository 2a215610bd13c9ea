import Checkpoints
import Domain
import Linalg
import Testing

@Suite struct `A quantised checkpoint of the reference` {
    @Test(arguments: QuantizedFixture.formats)
    func `is read to the codes and zero codes that were packed`(format: String) throws {
        let fixture = try QuantizedFixture(format)
        #expect(fixture.checkpoint.layers.count == (format == "pack-quantized" ? 13 : 6))
        for layer in fixture.checkpoint.layers {
            let linear = try fixture.linear(layer)
            #expect(try linear.codes == fixture.golden(layer, "codes"), "\(layer)")
            #expect(try linear.zeros == fixture.golden(layer, "zeros"), "\(layer)")
            #expect((linear.groupIndex != nil) == layer.hasSuffix("sorted"), "\(layer)")
        }
    }

    @Test(arguments: QuantizedFixture.formats)
    func `is dequantised to the reference's weights to the bit`(format: String) throws {
        let fixture = try QuantizedFixture(format)
        for layer in fixture.checkpoint.layers {
            let linear = try fixture.linear(layer)
            let bytes = linear.dequantized().encoded(as: linear.scaleType)
            #expect(try bytes == fixture.golden(layer, "values"), "\(layer)")
        }
    }

    @Test(arguments: QuantizedFixture.formats)
    func `is written again to the byte`(format: String) throws {
        let fixture = try QuantizedFixture(format)
        for layer in fixture.checkpoint.layers {
            let linear = try fixture.linear(layer)
            let written: [StoredTensor]
            let forms: [TensorForm]
            if let version = GPTQTensors.CheckpointFormat(rawValue: format) {
                written = try GPTQTensors.tensors(
                    of: linear, named: layer, checkpointFormat: version)
                forms = try GPTQTensors.forms(
                    of: layer, outputs: linear.outputs, inputs: linear.inputs,
                    scheme: linear.scheme)
            } else {
                written = try PackQuantized.tensors(of: linear, named: layer)
                forms = try PackQuantized.forms(
                    of: layer, outputs: linear.outputs, inputs: linear.inputs,
                    scheme: linear.scheme, scaleType: linear.scaleType)
            }
            #expect(Set(written) == Set(fixture.stored(layer)), "\(layer)")
            #expect(written.map(\.form) == forms, "\(layer)")
        }
    }

    @Test func `is dequantised row by row as well`() throws {
        let linear = try QuantizedFixture("pack-quantized").linear("w4-asymmetric")
        let whole = linear.dequantized()
        let rows = linear.dequantized(rows: 3..<9)
        #expect(rows.rows == 6)
        #expect(rows.encoded(as: .float32) == whole.copy(rows: 3..<9).encoded(as: .float32))
        #expect(linear.dequantized(rows: 4..<4).rows == 0)
    }
}

@Suite struct `A quantised layer` {
    private let scheme = QuantizationScheme(bits: 4, groupSize: 2, isSymmetric: false)

    private func make(
        outputs: Int = 2, inputs: Int = 4, scheme: QuantizationScheme? = nil,
        codes: [UInt8] = [0, 1, 2, 3, 4, 5, 6, 15], scales: [Float] = [1, 2, 3, 4],
        scaleType: ElementType = .float16, zeros: [UInt8]? = [0, 1, 2, 15],
        groupIndex: [Int32]? = nil
    ) throws -> QuantizedLinear {
        try QuantizedLinear(
            outputs: outputs, inputs: inputs, scheme: scheme ?? self.scheme, codes: codes,
            scales: scales, scaleType: scaleType, zeros: zeros, groupIndex: groupIndex,
            layer: "a.b")
    }

    @Test func `is scale times code minus zero`() throws {
        let weights = try make().dequantized()
        let expected: [Float] = [0, 1, 2, 4, 6, 9, -36, 0]
        for (place, value) in expected.enumerated() {
            #expect(weights[place / 4, place % 4] == value)
        }
    }

    @Test func `rounds its scales to the type they are stored in`() throws {
        let linear = try make(scales: [0.1, 2, 3, 65_519], scaleType: .float16)
        #expect(linear.scales == [0.0999755859375, 2, 3, 65_504])
        #expect(try make(scales: [0.1, 2, 3, 4], scaleType: .float32).scales[0] == 0.1)
    }

    @Test func `is refused when a number is out of range`() {
        let malformed: [() throws -> QuantizedLinear] = [
            { try make(outputs: 0, codes: [], scales: [], zeros: []) },
            { try make(outputs: 1 << 20, inputs: 1 << 20) },
            { try make(outputs: .max, inputs: .max) },
            { try make(inputs: 3) },
            { try make(codes: [0, 1, 2, 3, 4, 5, 6, 16]) },
            { try make(codes: [0]) },
            { try make(scales: [1, 2, 3]) },
            { try make(zeros: [0, 1, 2, 16]) },
            { try make(zeros: nil) },
            { try make(scales: [1, 2, 0, 4]) },
            { try make(scales: [1, 2, .nan, 4]) },
            { try make(scales: [1, 2, -.infinity, 4]) },
            // F16 begins at 2^-25 and ends at 65,520.
            { try make(scales: [1, 2, 3, 0x1p-26]) },
            { try make(scales: [1, 2, 3, 65_520]) },
            { try make(groupIndex: [0, 1, 0, 1]) },
        ]
        for (number, make) in malformed.enumerated() {
            #expect(throws: CheckpointError.self, "number \(number)") { try make() }
        }
    }

    @Test func `is refused when it is not as symmetric as it is called`() throws {
        let symmetric = QuantizationScheme(bits: 4, groupSize: 2, isSymmetric: true)
        #expect(try make(scheme: symmetric, zeros: nil).zeros == [8, 8, 8, 8])
        #expect(try make(scheme: symmetric, zeros: [8, 8, 8, 8]).zeros == [8, 8, 8, 8])
        #expect(throws: CheckpointError.self) { try make(scheme: symmetric, zeros: [8, 8, 7, 8]) }
    }

    @Test func `needs a group index within its groups when columns were grouped by activation`()
        throws
    {
        let sorted = QuantizationScheme(
            bits: 4, groupSize: 2, isSymmetric: false, activationOrder: .group)
        let linear = try make(scheme: sorted, groupIndex: [1, 0, 0, 1])
        let expected: [Float] = [-2, 1, 2, 4, -44, 9, 12, 0]
        let weights = linear.dequantized()
        for (place, value) in expected.enumerated() {
            #expect(weights[place / 4, place % 4] == value, "place \(place)")
        }
        for index: [Int32]? in [nil, [0, 1, 0], [0, 1, 0, 2], [0, 1, 0, -1]] {
            #expect(throws: CheckpointError.self) { try make(scheme: sorted, groupIndex: index) }
        }
    }

    @Test func `says what is wrong with it`() {
        #expect(
            throws: CheckpointError.malformedLayer(
                layer: "a.b",
                reason: "the scale of output 1, group 0 is 1e-09, which is 0.0 as F16; scales "
                    + "must be finite and not zero")
        ) { try make(scales: [1, 2, 1e-9, 4]) }
    }
}

@Suite struct `Writing quantised layers` {
    @Test(arguments: 2...8, [true, false])
    func `as pack-quantized and reading them gives them back`(bits: Int, symmetric: Bool) throws {
        let forms: [(Int, Int, Int?)] = [(1, 1, nil), (5, 44, 11), (33, 64, 64)]
        for (outputs, inputs, size) in forms {
            let scheme = QuantizationScheme(bits: bits, groupSize: size, isSymmetric: symmetric)
            let linear = try randomLinear(
                outputs: outputs, inputs: inputs, scheme: scheme, scaleType: .bfloat16,
                seed: UInt64(bits + outputs))
            let tensors = try PackQuantized.tensors(of: linear, named: "x.y")
            let back = try PackQuantized.read(
                layer: "x.y", tensors: tensors.shuffled(), scheme: scheme, version: "0.20.0")
            #expect(back == linear)
        }
    }

    @Test(arguments: [2, 3, 4, 8], GPTQTensors.CheckpointFormat.allCases)
    func `as GPTQ and reading them gives them back`(
        bits: Int, format: GPTQTensors.CheckpointFormat
    ) throws {
        for order in [QuantizationScheme.ActivationOrder.none, .group] {
            let scheme = QuantizationScheme(
                bits: bits, groupSize: 24, isSymmetric: false, activationOrder: order)
            let linear = try randomLinear(
                outputs: 32, inputs: 64, scheme: scheme, leastZero: format == .v1 ? 1 : 0,
                seed: UInt64(bits))
            let tensors = try GPTQTensors.tensors(of: linear, named: "x", checkpointFormat: format)
            let back = try GPTQTensors.read(
                layer: "x", tensors: tensors, scheme: scheme, checkpointFormat: format)
            #expect(back == linear)
        }
    }

    @Test func `of old widths tells the two packings of 3 bits apart`() throws {
        let scheme = QuantizationScheme(bits: 3, groupSize: nil, isSymmetric: true)
        // 16 codes take two words either way, 64 take six or seven.
        for inputs in [16, 64] {
            let linear = try randomLinear(outputs: 2, inputs: inputs, scheme: scheme, seed: 3)
            let old = BitPacking(bits: 3, layout: .wholeCodes)
                .pack(linear.codes, rows: 2, columns: inputs, .alongRows)
            var tensors = try PackQuantized.tensors(of: linear, named: "x")
            tensors[0] = StoredTensor(
                TensorForm(
                    name: "x.weight_packed", elementType: "I32", shape: [2, old.count / 2]),
                bytes: wordBytes(old))
            func read(_ version: String?) throws -> QuantizedLinear {
                try PackQuantized.read(
                    layer: "x", tensors: tensors, scheme: scheme, version: version)
            }
            #expect(try read("0.16.0") == linear)
            if inputs == 64 {
                #expect(try read(nil) == linear)
            } else {
                #expect(try read("0.17.0") != linear)
                #expect(throws: CheckpointError.self) { try read(nil) }
                #expect(throws: CheckpointError.self) { try read("new") }
            }
        }
    }

    @Test func `refuses what loaders would read wrongly`() throws {
        func scheme(_ bits: Int, _ size: Int?, _ order: QuantizationScheme.ActivationOrder = .none)
            -> QuantizationScheme
        {
            QuantizationScheme(
                bits: bits, groupSize: size, isSymmetric: true, activationOrder: order)
        }
        func packed(_ scheme: QuantizationScheme, inputs: Int = 64) throws {
            _ = try PackQuantized.forms(
                of: "x", outputs: 32, inputs: inputs, scheme: scheme, scaleType: .float16)
        }
        func gptq(_ scheme: QuantizationScheme, outputs: Int = 32, inputs: Int = 64) throws {
            _ = try GPTQTensors.forms(of: "x", outputs: outputs, inputs: inputs, scheme: scheme)
        }
        try packed(scheme(4, 32, .weight))
        #expect(throws: CheckpointError.self) { try packed(scheme(4, 32, .group)) }
        #expect(throws: CheckpointError.self) { try packed(scheme(4, 32), inputs: 65) }
        #expect(throws: CheckpointError.self) { try packed(scheme(4, 128)) }
        try gptq(scheme(4, 32, .group))
        #expect(throws: CheckpointError.self) { try gptq(scheme(5, 32)) }
        #expect(throws: CheckpointError.self) { try gptq(scheme(4, 32), outputs: 48) }
        #expect(throws: CheckpointError.self) { try gptq(scheme(4, 32), inputs: 48) }
        let wide = try randomLinear(
            outputs: 32, inputs: 32, scheme: scheme(4, 32), scaleType: .bfloat16, seed: 1)
        #expect(throws: CheckpointError.self) {
            try GPTQTensors.tensors(of: wide, named: "x", checkpointFormat: .v2)
        }
    }

    @Test func `as GPTQ of version 1 raises zero codes of 0 only when asked to`() throws {
        let scheme = QuantizationScheme(bits: 2, groupSize: 32, isSymmetric: false)
        var zeros = [UInt8](repeating: 2, count: 32)
        zeros[1] = 0
        let linear = try QuantizedLinear(
            outputs: 32, inputs: 32, scheme: scheme,
            codes: (0..<32 * 32).map { UInt8($0 % 4) }, scales: [Float](repeating: 0.5, count: 32),
            scaleType: .float16, zeros: zeros, layer: "x")
        #expect(throws: CheckpointError.self) {
            try GPTQTensors.tensors(of: linear, named: "x", checkpointFormat: .v1)
        }
        let (raised, clipped) = linear.raisingZeros()
        #expect(clipped == 8)
        #expect(raised.zeros[1] == 1)
        let before = linear.dequantized()
        let after = raised.dequantized()
        for output in 0..<32 {
            for input in 0..<32 {
                let loses = output == 1 && input % 4 == 3
                #expect(after[output, input] == before[output, input] - (loses ? 0.5 : 0))
            }
        }
        _ = try GPTQTensors.tensors(of: raised, named: "x", checkpointFormat: .v1)
        #expect(raised.raisingZeros().clipped == 0)
    }
}
