import Foundation
import Testing

/// Whatever bytes come from a peer or a file: reading them ends with a value or an error.
///
/// A trap, a hang or an allocation without bound ends the test run, which says enough; longer
/// runs with libFuzzer are `scripts/fuzz`.
@Suite struct `Hostile input` {
    private func fixtures(_ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures").appending(path: target.rawValue)
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            Array(try Data(contentsOf: folder.appending(path: $0)))
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `starts from samples that are read`(target: FuzzTarget) throws {
        let seeds = try target.seeds()
        #expect(!seeds.isEmpty)
        for seed in seeds { #expect(try target.reads(seed)) }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `that was found or chosen before is read or refused`(target: FuzzTarget) throws {
        for bytes in try fixtures(target) { _ = try target.reads(bytes) }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `made by changing samples is read or refused`(target: FuzzTarget) throws {
        let samples = try target.seeds() + fixtures(target).filter { $0.count < 4_096 }
        var mutator = Mutator(seed: 20_261_122, bytesMax: 8_192)
        var read = 0
        for round in 0..<300 {
            let bytes = mutator.mutated(samples[round % samples.count], of: target)
            if try target.reads(bytes) { read += 1 }
        }
        // Some must get past the first checks, or nothing behind them is tested.
        #expect(read > 0)
    }

    @Test func `comes out the same for the same seed`() {
        let bytes = Array(#"{"a": [1, 2, {"b": 3}]}"#.utf8)
        for target in FuzzTarget.allCases {
            var one = Mutator(seed: 7)
            var two = Mutator(seed: 7)
            for _ in 0..<50 {
                #expect(one.mutated(bytes, of: target) == two.mutated(bytes, of: target))
            }
        }
    }

    @Test func `keeps to the length that it is given`() {
        var mutator = Mutator(seed: 1, bytesMax: 500)
        let bytes = [UInt8](repeating: UInt8(ascii: "["), count: 400)
        for target in FuzzTarget.allCases {
            for _ in 0..<50 { #expect(mutator.mutated(bytes, of: target).count <= 500) }
        }
    }
}
