extension FuzzTarget {
    /// Words that mean something to this reader.
    var words: [String] {
        switch self {
        case .safetensors, .tokens:
            [
                "\"__metadata__\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "F32", "I64",
                "I32", "F4", "F8_E8M0", "BOOL", "'descr'", "'shape':", "<i8", "(", ",)",
            ]
        case .shardIndex: ["\"weight_map\"", "\"metadata\"", ".safetensors", "../", "/", "\\u0000"]
        case .tokenizer:
            [
                "\"normalizer\"", "\"Sequence\"", "\"normalizers\"", "\"NFC\"", "\"type\"",
                "\"pretokenizers\"", "\"processors\"", "\"decoders\"", "\"behavior\"", "\"invert\"",
                "\"Removed\"", "\"Contiguous\"", "\"MergedWithNext\"", "\"String\"", "\"merges\"",
                "\"byte_fallback\": true", "\"<0x41>\"", "\"single_word\": true", "\"ids\"",
                "\"ignore_merges\": true", "\"normalized\": true", "\"content\": \" \"",
                "4194303", "4194304", "é", "e\u{301}", "\u{1F1E6}", "Ġ", "Ċ", "▁",
                "\"Prepend\"", "\"Replace\"", "\"Metaspace\"", "\"BertNormalizer\"",
                "\"BertPreTokenizer\"", "\"WordPiece\"", "\"ByteFallback\"", "\"Strip\"",
            ]
        case .modelConfiguration:
            [
                "\"rope_scaling\"", "\"rope_parameters\"", "\"rope_type\"", "\"llama3\"",
                "\"linear\"", "\"factor\"", "\"partial_rotary_factor\"", "\"head_dim\"",
                "\"quantization_config\"", "\"sliding_window\"", "\"num_experts\"",
                "1073741824", "4194304", "1e-320", "1e308", "65536",
            ]
        case .folder:
            [
                "\"config\"", "\"quantize_config\"", "\"quantization_config\"", "\"config_groups\"",
                "\"targets\"", "\"re:.*\"", "\"re:(a+)+x\"", "\"Linear\"", "\"ignore\"",
                "\"actorder\": \"group\"", "\"group_size\": -1", "\"num_bits\": 3",
                "\"strategy\"", "\"channel\"", "\"symmetric\"", "\"dynamic\"", "\"desc_act\"",
                "\"gptq_v2\"", "\"I64\"", "\"U8\"", "\"F4\"", "\"BOOL\"", "[]", "[0]", "[32, 0]",
                "4611686018427387904", "16777216", ".g_idx", ".qzeros", ".weight_zero_point",
                ".weight", "31744", "64512", "2139095040",
            ]
        case .recipe:
            [
                "calibration", "steps", "targets", "ignore", "gptq", "rtn", "sparsegpt", "re:.*",
                "re:(a+)+", "re:(?<n>.)", "re:\\p{L}", "re:[^a]{2,}", "&a ", "*a", "<<: ", "!!int ",
                "!!binary ", "? ", "- ", "|\n", ">-\n", ".inf", ".nan", "0x7fffffffffffffff",
                "0o777", "1_000", "190:20:30", "~", "%YAML 1.1\n", "---\n", "\"\\x41\"", "'",
            ]
        case .specification:
            [
                "\"compress\"", "\"evaluate\"", "\"_0\"", "\"windows\"", "\"length\"", "\"steps\"",
                "\"groupSize\"", "\"blockSize\"", "\"pattern\"", "\"targets\"", "\"re:(a+)+$\"",
                "\"configurationText\"", "\"shape\"", "\"byteCount\"", "null", "\"maskBlockSize\"",
            ]
        case .tokenFacts: ["\"windows\"", "\"heldOut\"", "\"tokens\""]
        default: []
        }
    }
}

extension Mutator {
    private static let tokens = [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u0000", "\\ud800", "\\ud83e\\udd8a", "\\n",
        "null", "true", "false", "{}", "[]", "\"\"", "-", ".", "e", "E9", "1e400", "-0", "\n", " ",
        "\u{FEFF}", "\u{0}", "\u{2028}", "é", "🦊", "#", "...",
    ]

    /// One change that a text may survive.
    mutating func changeText(_ bytes: inout [UInt8], words: [String]) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(ascii: "{")) }
        switch below(9) {
        case 0, 1: replaceNumber(&bytes)
        case 2:
            let list = words.isEmpty || chance(2) ? Self.tokens : words
            bytes.insert(contentsOf: Array(list[below(list.count)].utf8), at: below(bytes.count))
        case 3:
            let list = words.isEmpty ? Self.tokens : words
            bytes.replaceSubrange(wordSpan(in: bytes), with: Array(list[below(list.count)].utf8))
        case 4: bytes.removeSubrange(span(of: bytes))
        case 5: repeatSpan(&bytes)
        case 6: nest(&bytes)
        case 7:
            let moved = Array(bytes[span(of: bytes, longest: 200)])
            bytes.insert(contentsOf: moved, at: below(bytes.count))
        default: bytes[below(bytes.count)] = UInt8(below(256))
        }
    }

    private mutating func replaceNumber(_ bytes: inout [UInt8]) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let from = below(bytes.count)
        guard let start = bytes[from...].firstIndex(where: { digits.contains($0) }) else { return }
        let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
        let number = boundary()
        let texts = [
            String(number), String(Int64(bitPattern: number)), "-\(number)", "\(number)0",
            "\(number).5", "\(number)e\(below(400))", "0.\(number)", "null",
        ]
        bytes.replaceSubrange(start..<end, with: Array(texts[below(texts.count)].utf8))
    }

    /// A run of letters, to be replaced whole.
    private mutating func wordSpan(in bytes: [UInt8]) -> Range<Int> {
        func isLetter(_ byte: UInt8) -> Bool {
            byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "\"")
        }
        let from = below(bytes.count)
        guard let start = bytes[from...].firstIndex(where: isLetter) else { return from..<from }
        let end = bytes[start...].firstIndex { !isLetter($0) } ?? bytes.count
        return start..<end
    }

    private mutating func repeatSpan(_ bytes: inout [UInt8]) {
        let piece = Array(bytes[span(of: bytes, longest: 40)])
        guard !piece.isEmpty else { return }
        let times = min([2, 16, 300, 5_000][below(4)], max(1, bytesMax / piece.count / 2))
        bytes.insert(
            contentsOf: (0..<times).flatMap { _ in piece }, at: below(bytes.count))
    }

    /// Brackets around a place, up to thousands deep.
    private mutating func nest(_ bytes: inout [UInt8]) {
        let depth = [1, 60, 70, 1_000, 20_000][below(5)]
        let pairs = [("[", "]"), ("{\"a\":", "}"), ("(", ")"), ("{", "}"), ("- ", "")]
        let (open, close) = pairs[below(pairs.count)]
        let place = span(of: bytes)
        guard depth * (open.utf8.count + close.utf8.count) < bytesMax else { return }
        let after = (0..<depth).flatMap { _ in Array(close.utf8) }
        let before = (0..<depth).flatMap { _ in Array(open.utf8) }
        bytes.insert(contentsOf: after, at: place.upperBound)
        bytes.insert(contentsOf: before, at: place.lowerBound)
    }
}
