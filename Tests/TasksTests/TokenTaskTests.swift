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

    /// A tokenizer of four words whose template is [CLS] text [SEP].
    private static let bert = """
        {"version": "1.0", "truncation": null, "padding": null, "decoder": null,
         "added_tokens": [],
         "normalizer": {"type": "BertNormalizer", "clean_text": true,
          "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "post_processor": {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
           {"Sequence": {"id": "A", "type_id": 0}},
           {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
          "pair": [],
          "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]},
           "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}}},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
          "max_input_chars_per_word": 100,
          "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "b": 4, "c": 5, "d": 6}}}
        """

    private func wrapped(
        _ text: String, length: Int, special: Bool = true, wraps: Bool = true,
        vocabulary: Int = 7
    ) throws -> [Int32] {
        let bench = try TaskBench()
        let result = try bench.run(
            TaskNames.prepareTokens,
            PrepareTokensParameters(
                format: .text, length: length, windows: nil, heldOut: 0, seed: nil,
                addsSpecialTokens: special, wrapsWindows: wraps, vocabularySize: vocabulary),
            [
                "text": try bench.keep(Array(text.utf8)),
                "tokenizer": try bench.keep(Array(Self.bert.utf8)),
            ], ["tokens"])
        return try bench.tokens(try #require(result.blob(named: "tokens")))
    }

    @Test func `get special tokens around each, or at the ends of the text`() throws {
        let text = "a b c d a b c"
        #expect(try wrapped(text, length: 5) == [1, 3, 4, 5, 2, 1, 6, 3, 4, 2])
        #expect(try wrapped(text, length: 3, wraps: false) == [1, 3, 4, 5, 6, 3, 4, 5, 2])
        #expect(
            try wrapped(text, length: 3, special: false, wraps: false) == [3, 4, 5, 6, 3, 4])
    }

    @Test func `have no room for text beside special tokens, or ids that need none`() throws {
        let narrow = #expect(throws: TaskError.self) { try wrapped("a b", length: 2) }
        #expect(narrow?.description.contains("no room") == true)
        // The template's own tokens must be the model's, too.
        #expect(throws: TaskError.self) { try wrapped("[UNK] [UNK]", length: 3, vocabulary: 2) }
        let bench = try TaskBench()
        #expect(throws: TaskError.self) {
            try bench.run(
                TaskNames.prepareTokens,
                PrepareTokensParameters(
                    format: .identifiers, length: 2, windows: nil, heldOut: 0, seed: nil,
                    addsSpecialTokens: true, wrapsWindows: true, vocabularySize: 9),
                ["identifiers": try bench.keep([1, 2, 3, 4] as [Int32])], ["tokens"])
        }
    }
}
