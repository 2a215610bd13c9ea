import Blobs
import Domain
import Tasks
import Testing

@Suite struct `Token windows` {
    /// 10 windows of 4, whose first tokens are 0, 4, 8, …, and a remainder of 3.
    private let tokens: [Int32] = (0..<43).map { Int32($0) }

    private func windows(
        _ count: Int?, heldOut: Int = 0, seed: UInt64? = nil, vocabulary: Int = 64,
        length: Int = 4, of tokens: [Int32]? = nil
    ) throws -> (rows: [[Int32]], facts: TokenFacts) {
        let bench = try TaskBench()
        let result = try bench.run(
            TaskNames.prepareTokens,
            PrepareTokensParameters(
                format: .identifiers, length: length, windows: count, heldOut: heldOut,
                seed: seed, addsSpecialTokens: false, vocabularySize: vocabulary),
            ["identifiers": try bench.keep(tokens ?? self.tokens)], ["tokens"])
        let all = try bench.tokens(try #require(result.blob(named: "tokens")))
        let rows = stride(from: 0, to: all.count, by: length).map {
            Array(all[$0..<$0 + length])
        }
        return (rows, try CanonicalJSON.decode(TokenFacts.self, from: result.facts))
    }

    @Test func `are consecutive and do not overlap`() throws {
        let (rows, facts) = try windows(nil)
        #expect(rows.flatMap { $0 } == Array(tokens.prefix(40)))
        #expect(facts == TokenFacts(tokens: 43, windows: 10, heldOut: 0))
    }

    @Test func `are the first ones without a seed, the held-out ones next`() throws {
        let (rows, facts) = try windows(3, heldOut: 2)
        #expect(rows.map { $0[0] } == [0, 4, 8, 12, 16])
        #expect(facts == TokenFacts(tokens: 43, windows: 3, heldOut: 2))
    }

    @Test func `come in one order for one seed, without repetition`() throws {
        let one = try windows(6, heldOut: 3, seed: 7).rows
        #expect(try windows(6, heldOut: 3, seed: 7).rows == one)
        #expect(try windows(6, heldOut: 3, seed: 8).rows != one)
        #expect(Set(one.map { $0[0] }).count == 9)
        #expect(one.allSatisfy { $0[0] % 4 == 0 && $0 == Array($0[0]..<$0[0] + 4) })
        // A longer draw begins with a shorter one.
        #expect(try windows(2, seed: 7).rows == Array(one.prefix(2)))
        #expect(try windows(10, seed: 7).rows.map { $0[0] } != (0..<10).map { $0 * 4 })
    }

    @Test func `are held out as far as the text goes`() throws {
        let facts = try windows(8, heldOut: 5).facts
        #expect(facts == TokenFacts(tokens: 43, windows: 8, heldOut: 2))
    }

    @Test func `need enough text`() {
        let few = #expect(throws: TaskError.self) { try windows(11) }
        #expect(few?.description.contains("43 tokens") == true)
        #expect(few?.description.contains("10 windows") == true)
        #expect(throws: TaskError.self) { try windows(1, length: 44) }
        #expect(throws: TaskError.self) { try windows(nil, of: []) }
    }

    @Test func `hold only tokens of the vocabulary`() {
        let error = #expect(throws: TaskError.self) { try windows(10, vocabulary: 20) }
        #expect(error?.description.contains("the id 20") == true)
        #expect(throws: TaskError.self) { try windows(1, of: [1, 2, -1, 3]) }
        // What is not used does no harm.
        #expect(throws: Never.self) { try windows(5, vocabulary: 20) }
    }

    @Test func `refuse half a token`() throws {
        let bench = try TaskBench()
        #expect(throws: TaskError.self) {
            try bench.run(
                TaskNames.prepareTokens,
                PrepareTokensParameters(
                    format: .identifiers, length: 2, windows: nil, heldOut: 0, seed: nil,
                    addsSpecialTokens: false, vocabularySize: 9),
                ["identifiers": try bench.keep([UInt8](repeating: 1, count: 9))], ["tokens"])
        }
    }
}
