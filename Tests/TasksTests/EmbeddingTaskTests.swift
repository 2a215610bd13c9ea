import Domain
import Foundation
import Tasks
import Testing

@Suite struct `Embeddings of windows` {
    private let sequences = SequenceRange(first: 0, count: 3, length: 5)
    private let width = 12

    private func cosines(_ hidden: [Float], _ reference: [Float]) throws -> [Double] {
        let bench = try TaskBench()
        let result = try bench.run(
            TaskNames.compareEmbeddings,
            CompareEmbeddingsParameters(sequences: sequences, width: width),
            ["hidden": try bench.keep(hidden), "reference": try bench.keep(reference)], [])
        #expect(result.outputs.isEmpty)
        return try CanonicalJSON.decode(EmbeddingFacts.self, from: result.facts).cosines
    }

    /// Means first, then the cosine, plainly.
    private func naive(_ hidden: [Float], _ reference: [Float]) -> [Double] {
        (0..<sequences.count).map { window in
            func mean(_ states: [Float]) -> [Double] {
                (0..<width).map { column in
                    (0..<sequences.length).reduce(0.0) {
                        $0 + Double(states[(window * sequences.length + $1) * width + column])
                    } / Double(sequences.length)
                }
            }
            func product(_ one: [Double], _ other: [Double]) -> Double {
                zip(one, other).reduce(0) { $0 + $1.0 * $1.1 }
            }
            let (one, other) = (mean(hidden), mean(reference))
            return product(one, other) / product(one, one).squareRoot()
                / product(other, other).squareRoot()
        }
    }

    @Test func `are compared by the cosine of their means`() throws {
        let hidden = randomNumbers(180, seed: 3), reference = randomNumbers(180, seed: 4)
        let found = try cosines(hidden, reference), expected = naive(hidden, reference)
        #expect(found.count == 3)
        for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-12) }
        #expect(Set(found).count == 3)
    }

    @Test func `have cosine 1 with themselves, and -1 with their negatives`() throws {
        let hidden = randomNumbers(180, seed: 5)
        #expect(try cosines(hidden, hidden) == [1, 1, 1])
        #expect(try cosines(hidden, hidden.map { -$0 }) == [-1, -1, -1])
        // Only the direction counts.
        #expect(try cosines(hidden, hidden.map { 4 * $0 }) == [1, 1, 1])
    }

    @Test(arguments: [Float.nan, .infinity]) func `must be finite`(_ number: Float) throws {
        var broken = randomNumbers(180, seed: 6)
        broken[70] = number
        let whole = randomNumbers(180, seed: 7)
        #expect(throws: TaskError.self) { try cosines(broken, whole) }
        #expect(throws: TaskError.self) { try cosines(whole, broken) }
    }

    @Test func `must have a direction, and the promised size`() throws {
        let whole = randomNumbers(180, seed: 8)
        let error = #expect(throws: TaskError.self) {
            try cosines(whole, [Float](repeating: 0, count: 180))
        }
        #expect(error?.description.contains("direction") == true)
        #expect(throws: TaskError.self) { try cosines(whole, Array(whole.dropLast())) }
    }
}
