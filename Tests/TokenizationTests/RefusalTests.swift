import Testing
import Tokenization

@Suite struct `Refusal of bad input` {
    /// The error of reading the fixture after one replacement.
    private func failure(
        _ name: String, replacing old: String, with new: String
    ) throws -> TokenizationError? {
        let text = try Fixture.text("\(name).json")
        let changed = text.replacing(old, with: new, maxReplacements: 1)
        try #require(changed != text, "the fixture has no \(old)")
        do throws(TokenizationError) {
            _ = try Tokenizer(json: Array(changed.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test func `refuses a file cut short anywhere`() throws {
        let bytes = try Fixture.bytes("unknown.json")
        for length in stride(from: 0, to: bytes.count, by: 61) {
            #expect(throws: TokenizationError.self) {
                try Tokenizer(json: Array(bytes.prefix(length)))
            }
        }
        #expect(throws: TokenizationError.malformedJSON(offset: 2, reason: "the end")) {
            try Tokenizer(json: Array("[1".utf8))
        }
    }

    @Test func `names the field that is missing`() throws {
        #expect(
            try failure("gpt2", replacing: "\"vocab\":", with: "\"words\":")
                == .missingField("model.vocab"))
        #expect(
            try failure("gpt2", replacing: "\"merges\":", with: "\"merge\":")
                == .missingField("model.merges"))
        #expect(
            try failure("gpt2", replacing: "\"model\":", with: "\"mode\":")
                == .missingField("model"))
    }

    @Test func `names the token that a merge lacks`() throws {
        let old = "\"merges\":["
        let error = try failure("gpt2", replacing: old, with: old + "[\"qq\",\"a\"],")
        #expect(error == .mergeOfUnknownToken(index: 0, token: "qq"))
        let pair = try failure("gpt2", replacing: old, with: old + "\"! ~\",")
        #expect(pair == .mergeOfUnknownToken(index: 0, token: "!~"))
        let one = try failure("gpt2", replacing: old, with: old + "\"a b c\",")
        #expect(one == .invalidField("model.merges[0]", expected: "two tokens"))
    }

    @Test(arguments: [
        ("gpt2", "\"normalizer\":null", "\"normalizer\":{\"type\":\"Lowercase\"}", "Lowercase"),
        ("qwen", "\"type\":\"NFC\"", "\"type\":\"NFKC\"", "NFKC"),
        ("llama3", "\\\\p{N}{1,3}", "\\\\p{N}{1,4}", "{1,4}"),
        ("smollm2", "\"type\":\"Digits\"", "\"type\":\"Metaspace\"", "Metaspace"),
        ("gpt2", "\"type\":\"BPE\"", "\"type\":\"Unigram\"", "Unigram"),
        ("gpt2", "\"dropout\":null", "\"dropout\":0.1", "dropout"),
        ("gpt2", "\"type\":\"TemplateProcessing\"", "\"type\":\"Odd\"", "Odd"),
        ("gpt2", "\"end_of_word_suffix\":null", "\"end_of_word_suffix\":\"</w>\"", "</w>"),
        ("gpt2", "\"content\":\"<|end|>\"", "\"content\":\"a\"", "\"a\""),
    ])
    func `names the kind that is not implemented`(
        name: String, old: String, new: String, quoted: String
    ) throws {
        let error = try failure(name, replacing: old, with: new)
        let sentence = error?.description ?? "accepted"
        #expect(sentence.contains(quoted), "\(sentence)")
        #expect(sentence.hasSuffix("."))
    }

    @Test(arguments: [
        ("llama2", "{\"String\":\" \"}", "{\"Regex\":\" +\"}", " +"),
        ("llama2", "\"prepend\":\"▁\"", "\"prepend\":7", "normalizers[0].prepend"),
        ("llama2", "\"type\":\"Prepend\"", "\"type\":\"Append\"", "Append"),
        ("llama2", "\"String\":\" \"", "\"String\":\"\"", "pattern.String"),
        ("llama2", "\"type\":\"Fuse\"", "\"type\":\"CTC\"", "CTC"),
        ("llama2", "\"content\":\" \",\"start\":1", "\"content\":\"  \",\"start\":1", "content"),
        ("llama2", "\"start\":1", "\"start\":-1", "start"),
        ("mistral", "\"prepend_scheme\":\"first\"", "\"prepend_scheme\":\"last\"", "last"),
        ("mistral", "\"replacement\":\"▁\"", "\"replacement\":\"__\"", "replacement"),
        ("mistral", "\"unk_token\":\"<unk>\"", "\"unk_token\":\"<none>\"", "<none>"),
        (
            "mistral", "\"normalizer\":null",
            "\"normalizer\":{\"type\":\"BertNormalizer\"}", "first"
        ),
        ("gemma", "\"behavior\":\"MergedWithPrevious\"", "\"behavior\":\"Kept\"", "Kept"),
        ("bert", "\"type\":\"BertNormalizer\"", "\"type\":\"NFKD\"", "NFKD"),
        ("bert", "\"type\":\"BertPreTokenizer\"", "\"type\":\"ByteLevel\"", "WordPiece model"),
        ("bert", "\"type\":\"BertPreTokenizer\"", "\"type\":\"Whitespace\"", "Whitespace"),
        ("bert", "\"unk_token\":\"[UNK]\"", "\"unk_token\":\"[NONE]\"", "[NONE]"),
        ("bert", "\"max_input_chars_per_word\":40", "\"max_input_chars_per_word\":-1", "max_input"),
        ("bert", "\"content\":\"Café\"", "\"content\":\"\\u0301\"", "leaves something"),
        ("bert", "\"sep\":[\"[SEP]\",3]", "\"sep\":[\"[SEP]\",9999]", "9999"),
    ])
    func `names the part of another kind's file that is wrong`(
        name: String, old: String, new: String, quoted: String
    ) throws {
        let error = try failure(name, replacing: old, with: new)
        let sentence = error?.description ?? "accepted"
        #expect(sentence.contains(quoted), "\(sentence)")
        #expect(sentence.hasSuffix("."))
    }

    @Test func `bounds how much a normalizer may lengthen a text`() throws {
        let spaces = { (count: Int) in
            #""pattern":{"String":" "},"content":""# + String(repeating: "▁", count: count)
        }
        #expect(try failure("gemma", replacing: spaces(1), with: spaces(21)) == nil)
        let error = try failure("gemma", replacing: spaces(1), with: spaces(22))
        #expect(error?.description.contains("at most 64 times") == true)
        let prefix = { (count: Int) in
            #""prepend":""# + String(repeating: "▁", count: count) + "\""
        }
        #expect(try failure("llama2", replacing: prefix(1), with: prefix(21)) == nil)
        let long = try failure("llama2", replacing: prefix(1), with: prefix(22))
        #expect(long?.description.contains("at most 64 bytes") == true)
    }

    @Test func `bounds the tokens around a text`() throws {
        // A piece of some bytes may name a long list, and stand there a thousand times.
        let template = { (pieces: Int, ids: Int) in
            let piece = #"{"SpecialToken":{"id":"s"}},"#
            let list = Array(repeating: "0", count: ids).joined(separator: ",")
            return #""post_processor":{"type":"TemplateProcessing","single":["#
                + String(repeating: piece, count: pieces) + #"{"Sequence":{"id":"A"}}],"#
                + #""special_tokens":{"s":{"ids":[\#(list)]}}},"old":"#
        }
        let field = "\"post_processor\":"
        #expect(try failure("bert", replacing: field, with: template(32, 32)) == nil)
        for (pieces, ids) in [(32, 33), (1, 1_025)] {
            let error = try failure("bert", replacing: field, with: template(pieces, ids))
            #expect(error?.description.contains("at most 1024 special tokens") == true)
        }
        let many = try failure("bert", replacing: field, with: template(1_024, 0))
        #expect(many?.description.contains("at most 1024 pieces") == true)
        let processor = #"{"type":"BertProcessing","sep":["",0],"cls":["",0]}"#
        let list = Array(repeating: processor, count: 33).joined(separator: ",")
        let chain = try failure(
            "bert", replacing: field,
            with: #""post_processor":{"type":"Sequence","processors":[\#(list)]},"old":"#)
        #expect(chain?.description.contains("at most 32 steps") == true)
    }

    @Test func `bounds what is looked for at each byte of a text`() throws {
        let literal = { (count: Int) in
            #"{"String":""# + String(repeating: "a", count: count) + #""}"#
        }
        let space = #"{"String":" "}"#
        for name in ["llama2", "gemma"] {
            #expect(try failure(name, replacing: space, with: literal(256)) == nil)
            let error = try failure(name, replacing: space, with: literal(257))
            #expect(error?.description.contains("1 to 256 bytes") == true)
        }
        let split = #","behavior":"MergedWithPrevious""#
        let pieces = try failure(
            "gemma", replacing: space + split, with: literal(257) + split)
        #expect(pieces?.description.contains("1 to 256 bytes") == true)
        let maximum = { (count: Int) in "\"max_input_chars_per_word\":\(count)" }
        #expect(try failure("bert", replacing: maximum(40), with: maximum(1_000)) == nil)
        let error = try failure("bert", replacing: maximum(40), with: maximum(1_001))
        #expect(error?.description.contains("up to 1000") == true)
    }

    @Test func `bounds the text of added tokens`() throws {
        let long = String(repeating: "x", count: 8 << 20)
        let error = try failure("gpt2", replacing: "<|end|>", with: long)
        #expect(error?.description.contains("together at most 8388608 bytes") == true)
    }

    @Test(.timeLimit(.minutes(1)))
    func `takes space along without looking at it again and again`() throws {
        let json = #"""
            {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "added_tokens": [{"id": 2, "content": " ", "lstrip": true, "rstrip": true}],
             "model": {"type": "BPE", "vocab": {"a": 0, "Ġ": 1}, "merges": []}}
            """#
        let tokenizer = try Tokenizer(json: Array(json.utf8))
        let spaces = String(repeating: " ", count: 1 << 20)
        let ids = try tokenizer.encode(Array("a\(spaces)a".utf8))
        #expect(ids.first == 0 && ids.last == 0)
        #expect(ids.count == spaces.utf8.count + 2, "each space is found, as by the library")
    }

    @Test(arguments: [
        ("bert", "normalizer", "normalizers", #"{"type":"NFC"}"#),
        ("bert", "pre_tokenizer", "pretokenizers", #"{"type":"BertPreTokenizer"}"#),
        ("bert", "decoder", "decoders", #"{"type":"Fuse"}"#),
    ])
    func `bounds the number of steps`(
        name: String, field: String, list: String, step: String
    ) throws {
        let sequence = { (count: Int) in
            let steps = Array(repeating: step, count: count).joined(separator: ",")
            return "\"\(field)\":{\"type\":\"Sequence\",\"\(list)\":[\(steps)]},\"old\":"
        }
        let field = "\"\(field)\":"
        #expect(try failure(name, replacing: field, with: sequence(32)) == nil)
        let error = try failure(name, replacing: field, with: sequence(33))
        #expect(error?.description.contains("at most 32 steps") == true)
    }

    /// Texts with the offset of the first wrong byte.
    static let invalidTexts: [([UInt8], Int)] = [
        ([0x61, 0xFF], 1), ([0xC3], 0), ([0x61, 0xE4, 0xBD], 1), ([0xC0, 0x80], 0),
        ([0xED, 0xA0, 0x80], 0), ([0xF4, 0x90, 0x80, 0x80], 0), ([0xE6, 0xBC, 0xA2, 0x80], 3),
        ([0xF0, 0x8F, 0x80, 0x80], 0), ([0xF0, 0x9F, 0x98, 0x41], 0),
    ]

    @Test(arguments: invalidTexts)
    func `refuses text that is not UTF-8, with the offset`(text: [UInt8], offset: Int) throws {
        let tokenizer = try Fixture.tokenizer("gpt2")
        #expect(throws: TokenizationError.invalidUTF8(offset: offset)) {
            try tokenizer.encode(text)
        }
    }

    @Test func `refuses ids that no token has, with the position`() throws {
        let tokenizer = try Fixture.tokenizer("gpt2")
        #expect(throws: TokenizationError.unknownID(id: 708, position: 1)) {
            try tokenizer.decode([5, 708])
        }
        #expect(throws: TokenizationError.unknownID(id: -1, position: 0)) {
            try tokenizer.decode([-1])
        }
    }

    @Test(arguments: ["qwen", "llama2", "mistral", "bert"])
    func `survives any one damaged byte`(name: String) throws {
        let bytes = try Fixture.bytes("\(name).json")
        for index in stride(from: 0, to: bytes.count, by: 37) {
            var damaged = bytes
            damaged[index] = UInt8(truncatingIfNeeded: index)
            // Some damage leaves another good file; none may stop the program.
            guard let tokenizer = try? Tokenizer(json: damaged) else { continue }
            let ids = try tokenizer.encode(Array("it's 12 <mask>".utf8))
            _ = try tokenizer.decode(ids)
        }
    }
}
