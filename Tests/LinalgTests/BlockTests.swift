import Linalg
import Testing

/// One block of bytes 37 i + 11, its scale 0.5 and its minimum, where it has one, 0.25.
private func patterned(_ format: BlockFormat, scaleAt: Int, minimumAt: Int? = nil) -> [UInt8] {
    var bytes = (0..<format.bytesPerBlock).map { UInt8(truncatingIfNeeded: 37 * $0 + 11) }
    (bytes[scaleAt], bytes[scaleAt + 1]) = (0x00, 0x38)
    if let minimumAt { (bytes[minimumAt], bytes[minimumAt + 1]) = (0x00, 0x34) }
    return bytes
}

private func decoded(_ bytes: [UInt8], as format: BlockFormat) -> [Float] {
    let count = bytes.count / format.bytesPerBlock * format.elementsPerBlock
    let matrix = Matrix(rows: 1, columns: count, decoding: bytes, as: format)
    return (0..<count).map { matrix[0, $0] }
}

/// Blocks of any bits, the halves among them included.
private func random(_ format: BlockFormat, blocks: Int, seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    return (0..<blocks * format.bytesPerBlock).map { _ in
        UInt8(truncatingIfNeeded: generator.next())
    }
}

private func hexadecimal(_ text: String) -> [UInt8] {
    stride(from: 0, to: text.count, by: 2).compactMap { place in
        UInt8(text.dropFirst(place).prefix(2), radix: 16)
    }
}

@Suite struct `Blocks` {
    @Test(arguments: [
        (
            patterned(.q2K, scaleAt: 80, minimumAt: 82), BlockFormat.q2K,
            [16.5, 0, -0.75, 3.75, 3.25, 5.25, 21, 3.75, 4, 2.25] as [Float], 1029.5 as Float
        ),
        (
            patterned(.q3K, scaleAt: 108), .q3K,
            [40.5, -54, 32, -11, 5, 17, 36, 1, 12.5, 21], 479
        ),
        (
            patterned(.q4K, scaleAt: 0, minimumAt: 2), .q4K,
            [157.75, -12.75, 80.25, 4, 20, 210.25, 40.5, 211.5, 69.25, 24.25], 27220
        ),
        (
            patterned(.q5K, scaleAt: 0, minimumAt: 2), .q5K,
            [405.75, -12.75, 80.25, 56, 40, 210.25, -1.5, 523.5, 69.25, 54.25], 58108
        ),
        (
            patterned(.q6K, scaleAt: 208), .q6K,
            [-715.5, 848, -48, 115.5, -290, -1520, 750, -175.5, 544.5, -30], 2306
        ),
    ])
    func `of 256 are read as by the reference`(
        bytes: [UInt8], format: BlockFormat, expected: [Float], sum: Float
    ) {
        let values = decoded(bytes, as: format)
        #expect([0, 1, 31, 32, 63, 64, 127, 128, 200, 255].map { values[$0] } == expected)
        #expect(values.reduce(0, +) == sum)
    }

    @Test(arguments: [
        (BlockFormat.q4Type0, "cd37809091a2a2b2b3c3c4d5d5e5e6f6f7f8"),
        (.q4Type1, "1438cdc380809191a2a2b3b3c4c4d5d5e6e6f7f7"),
        (.q5Type0, "cd330000ffff00112233446566779899aacbccddfeff"),
        (
            .q8Type0,
            "dd2781868e999ea6b2b7bfcacfd7e3e8f0fb00081418212c31394449515d626a757a"
        ),
    ])
    func `of 32 are rounded as by the reference`(format: BlockFormat, expected: String) throws {
        let x = (0..<32).map { i -> Float in
            let extra: Float = i % 3 == 0 ? 0.1 : 0
            return Float(i - 16) * 0.25 + extra
        }
        #expect(try BlockRow(rounding: x.span, to: format).packed() == hexadecimal(expected))
    }

    @Test(arguments: BlockFormat.allCases)
    func `come back to the bit when taken apart and packed`(format: BlockFormat) {
        let bytes = random(format, blocks: 200, seed: 31)
        let row = BlockRow(unpacking: bytes.span, as: format)
        #expect(row.codes.count == 200 * format.elementsPerBlock)
        #expect(row.codes.max() == format.grid.codeMax)
        #expect(row.packed() == bytes)
        #expect(row.replacingCodes(row.codes).packed() == bytes)
    }

    @Test(arguments: BlockFormat.allCases)
    func `decode like the naive twin`(format: BlockFormat) {
        let bytes = random(format, blocks: 200, seed: 32)
        let naive = BlockRow(unpacking: bytes.span, as: format).values()
        let fast = decoded(bytes, as: format)
        let differ = fast.indices.filter {
            fast[$0].bitPattern != naive[$0].bitPattern && !(fast[$0].isNaN && naive[$0].isNaN)
        }
        #expect(differ.isEmpty)
    }

    @Test(arguments: BlockFormat.allCases)
    func `keep the codes and scales of a solver`(format: BlockFormat) {
        var generator = SplitMix64(seed: 33)
        let grid = format.grid
        let blocks = 5
        let elements = blocks * format.elementsPerBlock
        let parts = elements / grid.elementsPerScale
        func list<T>(_ count: Int, _ next: (inout SplitMix64) -> T) -> [T] {
            (0..<count).map { _ in next(&generator) }
        }
        func halves(_ range: ClosedRange<Float>) -> [Float16] {
            list(blocks) { Float16(Float.random(in: range, using: &$0)) }
        }
        let codes = list(elements) { UInt8.random(in: 0...grid.codeMax, using: &$0) }
        let subScales = grid.subScales.map { range in
            list(parts) { Int8.random(in: range, using: &$0) }
        }
        let subMinima = grid.subMinimumMax.map { maximum in
            list(parts) { UInt8.random(in: 0...maximum, using: &$0) }
        }
        let row = BlockRow(
            format: format, codes: codes, scales: halves(0.001...2),
            minima: grid.hasMinimum ? halves(-2...2) : [], subScales: subScales ?? [],
            subMinima: subMinima ?? [])
        let bytes = row.packed()
        #expect(bytes.count == format.byteCount(ofElements: elements))
        #expect(BlockRow(unpacking: bytes.span, as: format) == row)
        #expect(decoded(bytes, as: format) == row.values())
    }

    /// Half a step is what rounding to the nearest code costs; the element of largest magnitude
    /// may lie a whole step outside, since grids of even length have no level opposite to it, and
    /// scales that are themselves rounded add the rest.
    @Test(arguments: BlockFormat.allCases)
    func `are close to what was rounded`(format: BlockFormat) throws {
        var generator = SplitMix64(seed: 34)
        let x = (0..<4096).map { _ in Float(generator.nextValue()) }
        let row = try BlockRow(rounding: x.span, to: format)
        let y = row.values()
        let levels = Float(format.grid.codeMax)
        let stepsMax: Float = format == .iq4NonLinear ? 3 : 1.6
        for e in x.indices { #expect(abs(x[e] - y[e]) <= stepsMax * 2 / levels) }
        let error = zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let uniform = Float(4096) * (2 / levels) * (2 / levels) / 12
        #expect(error < 1.6 * uniform)
    }

    @Test(arguments: BlockFormat.allCases)
    func `of zeros and of one number are exact enough`(format: BlockFormat) throws {
        let zeros = [Float](repeating: 0, count: 256)
        #expect(try BlockRow(rounding: zeros.span, to: format).values().allSatisfy { $0 == 0 })
        for number: Float in [1, -1, 3e-8, -60_000] {
            let x = [Float](repeating: number, count: 256)
            let y = try BlockRow(rounding: x.span, to: format).values()
            // A scale below the least half is lost with all that it scales.
            #expect(y.allSatisfy { abs($0 - number) <= max(abs(number) / 500, 6e-8) })
        }
    }

    @Test(arguments: BlockFormat.allCases, [Float.nan, .infinity, -.infinity, 3e38])
    func `are refused when no half can scale them`(format: BlockFormat, number: Float) {
        var x = [Float](repeating: 0.5, count: 512)
        x[300] = number
        let block = 300 / format.elementsPerBlock
        #expect(throws: LinalgError.outOfBlockRange(block: block)) {
            try BlockRow(rounding: x.span, to: format)
        }
    }

    @Test(arguments: BlockFormat.allCases)
    func `are counted whole`(format: BlockFormat) {
        let elements = format.elementsPerBlock
        #expect(format.byteCount(ofElements: 3 * elements) == 3 * format.bytesPerBlock)
        #expect(format.byteCount(ofElements: 3 * elements - 1) == nil)
        #expect(format.byteCount(ofElements: -elements) == nil)
        #expect(format.byteCount(ofElements: 0) == 0)
        // Only where a block has more bytes than elements can the count overflow.
        let most = format.byteCount(ofElements: Int.max & ~255)
        #expect((most == nil) == (format.bytesPerBlock > elements))
        #expect(format.grid.level(format.grid.zeroCode) == (format == .iq4NonLinear ? 1 : 0))
    }
}
