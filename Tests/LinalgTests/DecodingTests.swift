import Linalg
import Testing

private let narrowTypes: [ElementType] = [.bfloat16, .float16]

private func bytes(_ patterns: [UInt16]) -> [UInt8] {
    patterns.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
}

private func patterns(_ bytes: [UInt8]) -> [UInt16] {
    stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
}

private func encoded(_ elements: [Float], as type: ElementType) -> [UInt16] {
    patterns(Matrix(rows: 1, columns: elements.count, copying: elements.span).encoded(as: type))
}

private func isNaN(_ pattern: UInt16, _ type: ElementType) -> Bool {
    (pattern & 0x7FFF) > (type == .float16 ? 0x7C00 : 0x7F80)
}

@Suite struct `Stored elements` {
    @Test(arguments: narrowTypes) func `decode like the naive twin, all 65,536`(type: ElementType) {
        let all = Array(UInt16.min...UInt16.max)
        let matrix = Matrix(rows: 256, columns: 256, decoding: bytes(all).span.bytes, as: type)
        var mismatches = 0
        for pattern in all {
            let fast = matrix[Int(pattern >> 8), Int(pattern & 0xFF)]
            let naive = Reference.decode(pattern, as: type)
            let agree = naive.isNaN ? fast.isNaN : fast.bitPattern == naive.bitPattern
            if !agree { mismatches += 1 }
        }
        #expect(mismatches == 0)
    }

    @Test(arguments: narrowTypes) func `come back as they were, all 65,536`(type: ElementType) {
        let all = Array(UInt16.min...UInt16.max)
        let matrix = Matrix(rows: 256, columns: 256, decoding: bytes(all).span.bytes, as: type)
        let back = patterns(matrix.encoded(as: type))
        // A signalling NaN comes back quiet: with the highest bit of its mantissa set.
        let quiet: UInt16 = type == .float16 ? 0x200 : 0x40
        #expect(back == all.map { isNaN($0, type) ? $0 | quiet : $0 })
    }

    @Test(arguments: narrowTypes)
    func `round to nearest even at, above and below every midpoint`(type: ElementType) {
        let infinity: UInt16 = type == .float16 ? 0x7C00 : 0x7F80
        var inputs: [Float] = []
        for pattern in 0..<(infinity - 1) {
            let low = Double(Reference.decode(pattern, as: type))
            let middle = Float((low + Double(Reference.decode(pattern + 1, as: type))) / 2)
            inputs += [middle.nextDown, middle, -middle, middle.nextUp]
        }
        let fast = encoded(inputs, as: type)
        #expect(fast == inputs.map { Reference.encode($0, as: type) })
    }

    @Test func `overflow to infinity from half a unit above the greatest value on`() {
        let greatest: [Float] = [65_504, 65_519.996, 65_520, 1e30, -65_520, .infinity, -.infinity]
        let expected: [UInt16] = [0x7BFF, 0x7BFF, 0x7C00, 0x7C00, 0xFC00, 0x7C00, 0xFC00]
        #expect(encoded(greatest, as: .float16) == expected)
        #expect(encoded([.greatestFiniteMagnitude], as: .bfloat16) == [0x7F80])
    }

    @Test func `of random bits encode like the naive twin`() {
        var generator = SplitMix64(seed: 11)
        let inputs = (0..<20_000).map { _ in
            Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
        }.filter { !$0.isNaN }
        for type in narrowTypes {
            #expect(encoded(inputs, as: type) == inputs.map { Reference.encode($0, as: type) })
        }
    }

    @Test(arguments: awkwardLengths, ElementType.allCases)
    func `may have any length and begin at any byte`(length: Int, type: ElementType) {
        var generator = SplitMix64(seed: 12)
        let matrix = generator.nextMatrix(rows: 1, columns: length)
        let stored = matrix.encoded(as: type)
        let shifted = [0xFF] + stored
        let raw = shifted.span.bytes.extracting(1..<shifted.count)
        let back = Matrix(rows: length, columns: 1, decoding: raw, as: type)
        let again = back.encoded(as: type)
        #expect(again == stored)
        #expect(stored.count == length * type.byteCount)
    }
}
