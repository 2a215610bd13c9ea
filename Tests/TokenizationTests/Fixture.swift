import Foundation
import Tokenization

/// The files of the folder Fixtures, made by scripts/make-tokenizer-fixtures.
enum Fixture {
    /// One byte-level tokenizer for each kind of pre-tokenizer.
    static let byteLevel = ["gpt2", "llama3", "qwen", "smollm2", "unknown"]
    /// One for each other kind; in the vocabulary of "gemma" alone a "▁" may stand anywhere.
    static let others = ["llama2", "mistral", "metaspace", "gemma", "bert", "bertcased"]
    static let tokenizers = byteLevel + others
    /// Those with ids of mixed.txt.
    static let withMixedText = byteLevel + ["llama2", "gemma", "bert"]

    struct Case: Decodable {
        let text: String
        /// By tokenizer.
        let ids: [String: [Int32]]
        /// What these ids decode to, by tokenizer that is not byte-level.
        let decoded: [String: String]
    }

    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "Fixtures")

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    static func text(_ name: String) throws -> String {
        String(decoding: try bytes(name), as: UTF8.self)
    }

    static func tokenizer(_ name: String) throws -> Tokenizer {
        try Tokenizer(json: bytes("\(name).json"))
    }

    /// The library's ids of mixed.txt, with special tokens.
    static func expectedIDs(_ name: String) throws -> [Int32] {
        let bytes = try bytes("\(name).ids")
        return stride(from: 0, to: bytes.count, by: 2).map {
            Int32(bytes[$0]) | Int32(bytes[$0 + 1]) << 8
        }
    }

    static func cases() throws -> [Case] {
        try JSONDecoder().decode([Case].self, from: Data(bytes("cases.json")))
    }
}
