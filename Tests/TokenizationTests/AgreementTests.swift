import Foundation
import Testing
import Tokenization

@Suite struct `Agreement with the tokenizers library` {
    @Test(arguments: Fixture.withMixedText)
    func `gives the same ids for the mixed text`(name: String) throws {
        let text = try Fixture.bytes("mixed.txt")
        let ids = try Fixture.tokenizer(name).encode(text, addSpecialTokens: true)
        let expected = try Fixture.expectedIDs(name)
        let difference = zip(ids, expected).enumerated().first { $1.0 != $1.1 }
        #expect(difference == nil)
        #expect(ids.count == expected.count)
    }

    @Test(arguments: Fixture.tokenizers)
    func `gives the same ids for short texts`(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        for example in try Fixture.cases() {
            let ids = try tokenizer.encode(Array(example.text.utf8))
            #expect(ids == example.ids[name], "\(name): \(example.text.debugDescription)")
        }
    }

    @Test(arguments: Fixture.others)
    func `decodes to the same text`(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        for example in try Fixture.cases() {
            let text = try tokenizer.decode(try #require(example.ids[name]))
            let expected = Array(try #require(example.decoded[name]).utf8)
            #expect(text == expected, "\(name): \(example.text.debugDescription)")
        }
    }

    @Test func `surrounds a text with the template's tokens only when asked to`() throws {
        let tokenizer = try Fixture.tokenizer("llama3")
        let text = Array("wood".utf8)
        let plain = try tokenizer.encode(text)
        let whole = try tokenizer.encode(text, addSpecialTokens: true)
        #expect(Array(whole.dropFirst().dropLast()) == plain)
        #expect(try tokenizer.decode(whole) == Array("<|start|>wood<|end|>".utf8))
        let bert = try Fixture.tokenizer("bert")
        let sentence = try bert.encode(text, addSpecialTokens: true)
        #expect(try bert.decode(sentence) == Array("[CLS] wood [SEP]".utf8))
    }

    @Test func `counts the added tokens in the vocabulary`() throws {
        #expect(try Fixture.tokenizer("gpt2").vocabularySize == 708)
    }

    @Test func `decodes to the text where nothing was stripped or normalized`() throws {
        let start = "It's नमस्ते 漢字\r\n\t"
        let text = Array((start + "👩‍👩‍👧‍👦 <tool> 12345\u{0}").utf8)
        let tokenizer = try Fixture.tokenizer("llama3")
        #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
        #expect(try tokenizer.decode([]) == [])
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["smollm2", "llama2", "gemma"])
    func `does not slow down on one long word`(name: String) throws {
        let tokenizer = try Fixture.tokenizer(name)
        let text = Array(repeating: UInt8(ascii: "e"), count: 1 << 20)
        #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
        let spaces = Array(repeating: UInt8(ascii: " "), count: 1 << 20)
        #expect(try tokenizer.decode(tokenizer.encode(spaces)) == spaces)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["SPOKESHAVE_SHARED"] != nil))
    func `round trips a text with tiny-llama's tokenizer (needs SPOKESHAVE_SHARED)`() throws {
        let shared = try #require(ProcessInfo.processInfo.environment["SPOKESHAVE_SHARED"])
        let url = URL(filePath: shared).appending(path: "assets/models/tiny-llama/tokenizer.json")
        let tokenizer = try Tokenizer(json: [UInt8](Data(contentsOf: url)))
        let text = try Fixture.bytes("mixed.txt")
        #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
    }
}
