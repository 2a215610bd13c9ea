import Linalg
import Testing

private let layouts: [BitPacking.Layout] = [.dense, .wholeCodes]
private let directions: [BitPacking.Direction] = [.alongRows, .downColumns]

/// Codes of a matrix, by rows, and one of its rows or columns.
private func codes(_ count: Int, bits: Int, seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    let shift = UInt64(64 - bits)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next() >> shift) }
}

private func line<Item>(
    _ items: [Item], rows: Int, columns: Int, _ direction: BitPacking.Direction, _ index: Int
) -> [Item] {
    direction == .alongRows
        ? Array(items[index * columns..<(index + 1) * columns])
        : (0..<rows).map { items[$0 * columns + index] }
}

@Suite struct `Bit packing` {
    @Test func `gives the reference libraries' words`() {
        // compressed-tensors, 4 bits: -8 -7 -1 0 1 2 6 7, each plus 8.
        let four = BitPacking(bits: 4).pack(
            [0, 1, 7, 8, 9, 10, 14, 15], rows: 1, columns: 8, .alongRows)
        #expect(four == [0xFEA9_8710])
        // 3 bits: -4 -4 … 3 3, each plus 4; from version 0.17 on, and before.
        let pairs: [UInt8] = (0..<16).map { $0 / 2 }
        let dense = BitPacking(bits: 3).pack(pairs, rows: 1, columns: 16, .alongRows)
        #expect(dense == [0x646D_2240, 0x0000_FF6B])
        let whole = BitPacking(bits: 3, layout: .wholeCodes)
            .pack(pairs, rows: 1, columns: 16, .alongRows)
        #expect(whole == [0x246D_2240, 0x0003_FDAD])
    }

    @Test func `gives the reference's zero codes, down columns`() {
        let signed: [(Int, Int)] = [
            (0, -8), (7, 1), (3, -3), (-1, 2), (-7, 5), (4, -2), (6, -6), (-5, -4),
        ]
        let zeros = signed.flatMap { [UInt8($0.0 + 8), UInt8($0.1 + 8)] }
        let words = BitPacking(bits: 4).pack(
            zeros, rows: 8, columns: 2, .downColumns, wordsRun: .downColumns)
        #expect(words == [0x3EC1_7BF8, 0x426D_A590])
    }

    @Test func `gives GPTQ's columns of codes`() {
        let four = (0..<32).map { UInt8($0 % 16) }
        #expect(
            BitPacking(bits: 4).pack(four, rows: 1, columns: 32, .alongRows, wordsRun: .downColumns)
                == [0x7654_3210, 0xFEDC_BA98, 0x7654_3210, 0xFEDC_BA98])
        let three = (0..<32).map { UInt8($0 % 8) }
        #expect(
            BitPacking(bits: 3).pack(three, rows: 1, columns: 32, .alongRows)
                == [0x88FA_C688, 0xC688_FAC6, 0xFAC6_88FA])
    }

    @Test(arguments: 1...8, layouts)
    func `packs every stream as its naive twin does`(bits: Int, layout: BitPacking.Layout) {
        let packing = BitPacking(bits: bits, layout: layout)
        for (rows, columns) in [(1, 1), (3, 7), (5, 32), (33, 10), (2, 129)] {
            let matrix = codes(rows * columns, bits: bits, seed: UInt64(bits * 1_000 + columns))
            for direction in directions {
                let streams = direction == .alongRows ? rows : columns
                let count = packing.wordCount(direction == .alongRows ? columns : rows)
                for wordDirection in directions {
                    let words = packing.pack(
                        matrix, rows: rows, columns: columns, direction, wordsRun: wordDirection)
                    #expect(words.count == streams * count)
                    let shape =
                        wordDirection == .alongRows
                        ? (rows: streams, columns: count) : (rows: count, columns: streams)
                    for stream in 0..<streams {
                        let source = line(
                            matrix, rows: rows, columns: columns, direction, stream)
                        let packed = line(
                            words, rows: shape.rows, columns: shape.columns, wordDirection, stream)
                        #expect(
                            packed == Reference.packedStream(source, bits: bits, layout: layout))
                    }
                    let back = packing.unpack(
                        words, rows: rows, columns: columns, direction, wordsRun: wordDirection)
                    #expect(back == matrix)
                }
            }
        }
    }

    @Test(arguments: 1...8, layouts)
    func `does not look at bits that no code occupies`(bits: Int, layout: BitPacking.Layout) {
        let packing = BitPacking(bits: bits, layout: layout)
        let row = codes(37, bits: bits, seed: 5)
        let empty = packing.pack(row, rows: 1, columns: 37, .alongRows)
        let ones = packing.pack(
            [UInt8](repeating: packing.maximumCode, count: 37), rows: 1, columns: 37, .alongRows)
        let filled = zip(empty, ones).map { $0 | ~$1 }
        #expect(packing.unpack(filled, rows: 1, columns: 37, .alongRows) == row)
    }

    @Test func `counts words without overflow`() {
        #expect(BitPacking(bits: 8).wordCount(.max) == .max / 4 + 1)
        #expect(BitPacking(bits: 3).wordCount(0) == 0)
        #expect(BitPacking(bits: 3).wordCount(11) == 2)
        #expect(BitPacking(bits: 3, layout: .wholeCodes).wordCount(10) == 1)
    }

    @Test func `refuses a code that would spill into its neighbour`() async {
        await #expect(processExitsWith: .failure) {
            _ = BitPacking(bits: 3).pack([7, 8], rows: 1, columns: 2, .alongRows)
        }
    }

    @Test func `turns words into little-endian bytes and back`() {
        let bytes = wordBytes([0x0403_0201, 0xFFEE_DDCC])
        #expect(bytes == [1, 2, 3, 4, 0xCC, 0xDD, 0xEE, 0xFF])
        #expect(words(of: bytes) == [0x0403_0201, 0xFFEE_DDCC])
        #expect(words(of: []).isEmpty)
    }
}

@Suite struct `Values of a grid` {
    @Test(arguments: ElementType.allCases)
    func `are those of the naive twin to the bit`(type: ElementType) {
        let (rows, columns, groups) = (9, 37, 3)
        var generator = SplitMix64(seed: 77)
        let index = (0..<columns).map { _ in Int32(generator.next() % UInt64(groups)) }
        let codes = codes(rows * columns, bits: 8, seed: 1)
        let zeros = codes.prefix(rows * groups).map { 255 - $0 }
        let wide = (0..<rows * groups).map { _ in Float(generator.nextValue()) * 0.01 }
        let scales = decodedNumbers(encodedNumbers(wide, as: type), as: type)
        let matrix = Matrix(
            rows: rows, columns: columns, dequantizing: codes.span, scales: scales.span,
            zeros: zeros.span, groupOfColumn: index, as: type)
        var mismatches = 0
        for r in 0..<rows {
            for c in 0..<columns {
                let place = r * groups + Int(index[c])
                let naive = Reference.gridValue(
                    code: codes[r * columns + c], zero: zeros[place], scale: scales[place],
                    as: type)
                if matrix[r, c].bitPattern != naive.bitPattern { mismatches += 1 }
            }
        }
        #expect(mismatches == 0)
    }
}
