import Checkpoints
import Foundation
import Testing

private let split =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|DIGITS"#
    + #"| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#

private func byteLevel(_ splits: Bool) -> String {
    #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": \#(splits)}"#
}

private func sequence(_ first: String, _ splits: Bool) -> String {
    #"{"type": "Sequence", "pretokenizers": [\#(first), \#(byteLevel(splits))]}"#
}

private func pattern(digits: String) -> String {
    let text = split.replacing("DIGITS", with: digits)
    return #"{"type": "Split", "pattern": {"Regex": "\#(text)"}, "behavior": "Isolated","#
        + #" "invert": false}"#
}

private let preTokenizers = [
    "llama-bpe": sequence(pattern(digits: #"\\p{N}{1,3}"#), false),
    "qwen2": sequence(pattern(digits: #"\\p{N}"#), false),
    "smollm": sequence(#"{"type": "Digits", "individual_digits": true}"#, true),
    "gpt-2": byteLevel(true),
]

private func parsed(_ text: String) throws -> JSONValue {
    try JSONValue.parse(Array(text.utf8), file: "x.json")
}

/// A `tokenizer.json` of six tokens, parts of which may be replaced.
private func tokenizer(
    _ pre: String = "smollm", preTokenizer: String? = nil, merges: String = #"["a b", "ab Ġ"]"#,
    vocabulary: String = #"{"a": 1, "b": 2, "Ġ": 3, "ab": 4}"#, postProcessor: String = "null",
    normalizer: String = "null", ignoresMerges: Bool? = nil, type: String = "BPE"
) throws -> JSONValue {
    let added =
        #"[{"id": 0, "content": "<s>", "special": true},"#
        + #" {"id": 5, "content": "<tool>", "special": false}]"#
    return try parsed(
        #"{"added_tokens": \#(added), "normalizer": \#(normalizer),"#
            + #" "pre_tokenizer": \#(preTokenizer ?? preTokenizers[pre] ?? "null"),"#
            + #" "post_processor": \#(postProcessor), "model": {"type": "\#(type)","#
            + #" "ignore_merges": \#(ignoresMerges ?? (pre == "llama-bpe")),"#
            + #" "vocab": \#(vocabulary), "merges": \#(merges)}}"#)
}

private let beginning =
    #"{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},"#
    + #" {"Sequence": {"id": "A", "type_id": 0}}]}"#

@Suite struct `A vocabulary in GGUF` {
    private func vocabulary(
        _ tokenizer: JSONValue, _ settings: String = #"{"bos_token": "<s>"}"#,
        _ configuration: String = "{}", size: Int = 8
    ) throws -> GGUFVocabulary {
        try GGUFVocabulary(
            tokenizer: tokenizer, tokenizerConfiguration: parsed(settings),
            configuration: parsed(configuration), size: size)
    }

    private func sentence(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    @Test func `states tokens, types, merges and roles`() throws {
        let found = try vocabulary(
            tokenizer(),
            #"{"bos_token": {"content": "<s>"}, "pad_token": null, "chat_template": "{{ x }}"}"#,
            #"{"bos_token_id": 3, "eos_token_id": [5, 1], "pad_token_id": 2}"#)
        #expect(found.tokens == ["<s>", "a", "b", "Ġ", "ab", "<tool>", "[PAD6]", "[PAD7]"])
        #expect(found.roles == [.beginning: 0, .end: 5, .padding: 2])
        let metadata = found.metadata
        #expect(metadata["tokenizer.ggml.model"] == .string("gpt2"))
        #expect(metadata["tokenizer.ggml.pre"] == .string("smollm"))
        #expect(metadata["tokenizer.ggml.tokens"] == .texts(found.tokens))
        let types = metadata["tokenizer.ggml.token_type"]
        #expect(types == .array(of: .int32, [3, 1, 1, 1, 1, 4, 5, 5].map { .int32($0) }))
        #expect(metadata["tokenizer.ggml.merges"] == .texts(["a b", "ab Ġ"]))
        #expect(metadata["tokenizer.ggml.bos_token_id"] == .uint32(0))
        #expect(metadata["tokenizer.ggml.eos_token_id"] == .uint32(5))
        #expect(metadata["tokenizer.ggml.padding_token_id"] == .uint32(2))
        #expect(metadata["tokenizer.ggml.unknown_token_id"] == nil)
        #expect(metadata["tokenizer.ggml.add_bos_token"] == .boolean(false))
        #expect(metadata["tokenizer.ggml.add_eos_token"] == .boolean(false))
        #expect(metadata["tokenizer.chat_template"] == .string("{{ x }}"))
    }

    @Test func `takes merges as texts and as pairs`() throws {
        let pairs = try tokenizer(merges: #"[["a", "b"], ["ab", "Ġ"], ["a b", "c"]]"#)
        #expect(try vocabulary(pairs).merges == ["a b", "ab Ġ", "aĠb c"])
    }

    @Test(arguments: ["llama-bpe", "qwen2", "smollm", "gpt-2"])
    func `knows how text is split, and comes back the same`(pre: String) throws {
        let found = try vocabulary(
            tokenizer(pre, postProcessor: beginning),
            #"{"bos_token": "<s>", "eos_token": "<tool>", "chat_template": "t"}"#)
        #expect(found.preTokenizer.rawValue == pre)
        #expect(found.addsBeginning && !found.addsEnd)
        let read = try GGUFVocabulary(metadata: found.metadata, file: "x.gguf")
        #expect(read == found)
        // Through the files that it writes, and their text.
        let file = try JSONValue.parse(read.tokenizerFile.encoded(), file: "tokenizer.json")
        #expect(file == read.tokenizerFile)
        let again = try GGUFVocabulary(
            tokenizer: file, tokenizerConfiguration: read.tokenizerConfiguration,
            configuration: parsed("{}"), size: 8)
        #expect(again == found)
    }

    @Test func `adds what the template adds, unless settings say otherwise`() throws {
        let both =
            #"{"type": "Sequence", "processors": [{"type": "ByteLevel"}, {"type":"#
            + #" "TemplateProcessing", "single": [{"Sequence": {"id": "A"}},"#
            + #" {"SpecialToken": {"id": "<tool>"}}]}]}"#
        let settings = #"{"bos_token": "<s>", "eos_token": "<tool>"}"#
        let ended = try vocabulary(tokenizer(postProcessor: both), settings)
        #expect(ended.addsEnd && !ended.addsBeginning)
        let silent = try vocabulary(
            tokenizer(postProcessor: beginning), #"{"bos_token": "<s>", "add_bos_token": false}"#)
        #expect(!silent.addsBeginning)
        #expect(
            sentence { _ = try vocabulary(tokenizer(postProcessor: beginning), "{}") }
                .contains("neither the beginning nor the end"))
    }

    @Test func `is refused when it cannot be told exactly`() throws {
        func refusal(_ tokenizer: JSONValue, _ settings: String = "{}") -> String {
            sentence { _ = try vocabulary(tokenizer, settings) }
        }
        #expect(try refusal(tokenizer(type: "Unigram")).contains("Unigram"))
        #expect(try refusal(tokenizer(preTokenizer: "null")).contains("pre_tokenizer"))
        let other = sequence(pattern(digits: #"\\p{N}{1,4}"#), false)
        #expect(try refusal(tokenizer(preTokenizer: other)).contains("pre_tokenizer"))
        #expect(try refusal(tokenizer("qwen2", ignoresMerges: true)).contains("pre_tokenizer"))
        #expect(
            try refusal(tokenizer("llama-bpe", ignoresMerges: false)).contains("pre_tokenizer"))
        let lowercase = #"{"type": "Lowercase"}"#
        #expect(try refusal(tokenizer(normalizer: lowercase)).contains("normalizer"))
        #expect(try refusal(tokenizer(merges: "[1]")).contains("merges"))
        #expect(try refusal(tokenizer(vocabulary: #"{"a": 8}"#)).contains("below 8"))
        #expect(try refusal(tokenizer(vocabulary: #"{"a": -1}"#)).contains("below 8"))
        #expect(try refusal(tokenizer(vocabulary: #"{"a": 1, "b": 1}"#)).contains("taken"))
        #expect(try refusal(tokenizer(vocabulary: #"{"a": 0}"#)).contains("added_tokens"))
        #expect(try refusal(tokenizer(), #"{"eos_token": "</s>"}"#).contains("no token"))
        for size in [0, GGUFVocabulary.tokensMax + 1] {
            let found = sentence { _ = try vocabulary(tokenizer(), size: size) }
            #expect(found.contains("\(size) rows"))
        }
        let odd = #"{"type": "RobertaProcessing"}"#
        #expect(try refusal(tokenizer(postProcessor: odd)).contains("post_processor"))
        // The second token at the beginning would be lost.
        let twice = #"{"type": "Sequence", "processors": [\#(beginning), \#(beginning)]}"#
        #expect(try refusal(tokenizer(postProcessor: twice)).contains("more than one token"))
    }

    @Test func `of a file that contradicts itself is refused`() throws {
        let good = try vocabulary(tokenizer()).metadata
        func refusal(_ key: String, _ value: GGUFValue?) -> String {
            var metadata = good
            metadata["tokenizer.\(key)"] = value
            return sentence { _ = try GGUFVocabulary(metadata: metadata, file: "x.gguf") }
        }
        #expect(refusal("none", nil) == "accepted")
        #expect(refusal("ggml.model", .string("llama")).contains("'llama'"))
        #expect(refusal("ggml.pre", .string("unheard-of")).contains("'unheard-of'"))
        #expect(refusal("ggml.tokens", nil).contains("is missing"))
        #expect(refusal("ggml.tokens", .texts(["a", "a"])).contains("twice"))
        #expect(refusal("ggml.merges", .array(of: .uint8, [.uint8(1)])).contains("texts"))
        #expect(refusal("ggml.token_type", .array(of: .int32, [.int32(1)])).contains("type"))
        let odd = GGUFValue.array(of: .int32, [Int32](repeating: 9, count: 8).map { .int32($0) })
        #expect(refusal("ggml.token_type", odd).contains("known type"))
        #expect(refusal("ggml.bos_token_id", .uint32(8)).contains("id of a token"))
    }
}
