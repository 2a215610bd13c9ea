import Checkpoints
import Testing

/// Configurations whose patterns would take much memory or time.
@Suite struct `Patterns of a hostile configuration` {
    private func sentence(_ quantization: String, layers: [String] = ["a"]) -> String {
        let text = #"{"quantization_config": \#(quantization)}"#
        do {
            let found = try QuantizedCheckpoint.recognise(
                configuration: Array(text.utf8), quantizeConfiguration: nil,
                tensors: layers.flatMap { layer in
                    ["weight_packed", "qweight"].map {
                        TensorReference(
                            name: "\(layer).\($0)", file: "x", shape: [1, 1], elementType: "I32",
                            byteRange: 0..<4)
                    }
                })
            for layer in layers { _ = try found?.scheme(of: layer) }
            return "accepted"
        } catch {
            return "\(error)"
        }
    }

    private func gptq(_ patterns: [String]) -> String {
        let members = patterns.map { "\"\($0)\": {\"bits\": 8}" }.joined(separator: ", ")
        return #"{"quant_method": "gptq", "bits": 4, "dynamic": {\#(members)}}"#
    }

    private func packed(_ targets: [[String]], ignore: [String] = []) -> String {
        func list(_ words: [String]) -> String {
            "[" + words.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
        }
        let groups = targets.enumerated().map { index, words in
            #""g\#(index)": {"targets": \#(list(words)), "weights": {"num_bits": 4}}"#
        }
        return #"{"quant_method": "compressed-tensors", "format": "pack-quantized","#
            + #" "ignore": \#(list(ignore)), "config_groups": {"#
            + groups.joined(separator: ", ") + "}}"
    }

    /// So many patterns of a thousand bytes each.
    private func long(_ count: Int, prefix: String = "") -> [String] {
        (0..<count).map { prefix + "\($0)" + String(repeating: ".", count: 1_000) }
    }

    @Test func `may have a megabyte of them and no more`() {
        #expect(sentence(gptq(long(1_000))) == "accepted")
        #expect(sentence(gptq(long(1_100))).contains("longer than can be kept"))
        #expect(sentence(packed([long(1_000, prefix: "re:")])) == "accepted")
        #expect(sentence(packed([long(1_100, prefix: "re:")])).contains("1048576 bytes"))
        let halves = [long(600, prefix: "re:"), long(600, prefix: "re:x")]
        #expect(sentence(packed(halves)).contains("longer than can be kept"))
        let ignored = packed([["Linear"]], ignore: long(1_100, prefix: "re:"))
        #expect(sentence(ignored).contains("1048576 bytes"))
    }

    @Test func `may have four thousand groups and no more`() {
        let names = (0..<4_097).map { ["n\($0)"] }
        #expect(sentence(packed(Array(names.prefix(4_096)))) == "accepted")
        #expect(sentence(packed(names)).contains("4097 groups, more than 4096"))
    }

    @Test(.timeLimit(.minutes(1))) func `share the steps that a layer's name may take`() {
        // Each by itself is just within the bound and takes long.
        let slow = (0..<4_000).map { "\($0)|(.{0,20}){0,20}(.{0,20}){0,20}(.{0,20}){0,20}x" }
        let layers = [String(repeating: "a", count: 200)]
        #expect(sentence(gptq(slow), layers: layers).contains("takes too long to match"))
    }

    @Test func `and words have a length`() {
        let word = String(repeating: "x", count: 201)
        let text = #"{"quant_method": "gptq", "bits": 4, "checkpoint_format": "\#(word)"}"#
        #expect(sentence(text).contains("checkpoint_format has more than 200 bytes"))
    }
}
