import Checkpoints
import Foundation
import Testing

@Suite struct `A Hugging Face folder` {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func weights(_ names: [String]) throws -> [UInt8] {
        let layout = try SafetensorsLayout(tensors: names.map { ($0, "F32", [2]) })
        return layout.headerBytes + [UInt8](repeating: 0, count: 8 * names.count)
    }

    private func sharded() throws {
        try scratch.write("{}", to: "config.json")
        try scratch.write(weights(["b", "d"]), to: "model-00001-of-00002.safetensors")
        try scratch.write(weights(["a", "c"]), to: "model-00002-of-00002.safetensors")
        try writeIndex(["a": 2, "b": 1, "c": 2, "d": 1])
    }

    private func writeIndex(_ map: [String: Int]) throws {
        let index = ShardIndex(weightMap: map.mapValues { ShardIndex.shardName($0, of: 2) })
        try scratch.write(index.encoded(totalSize: 8 * map.count), to: ShardIndex.fileName)
    }

    private func sentence() -> String {
        do {
            _ = try HuggingFaceFolder.open(at: scratch.url)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `with one weight file is opened`() throws {
        try scratch.write("{\"model_type\": \"llama\"}", to: "config.json")
        try scratch.write(weights(["w", "v"]), to: "model.safetensors")
        try scratch.write("{}", to: "tokenizer.json")
        try scratch.write("x", to: ".hidden")
        try scratch.write("x", to: "training_args.bin")
        try scratch.write(weights(["old"]), to: "model-00001-of-00009.safetensors")
        try FileManager.default.createDirectory(
            at: scratch.url.appendingPathComponent("original"),
            withIntermediateDirectories: false
        )
        let folder = try HuggingFaceFolder.open(at: scratch.url)
        #expect(folder.configuration == Array("{\"model_type\": \"llama\"}".utf8))
        #expect(folder.tensors.map(\.name) == ["v", "w"])
        #expect(folder.weightFiles == ["model.safetensors"])
        #expect(folder.indexFile == nil)
        #expect(folder.otherFiles == ["config.json", "tokenizer.json"])
        #expect(
            folder.ignoredFiles == ["model-00001-of-00009.safetensors", "training_args.bin"]
        )
        #expect(folder.totalBytes == 16)
    }

    @Test func `of links into a cache is opened`() throws {
        try scratch.write("{}", to: "config.json")
        let target = try scratch.write(weights(["w"]), to: ".blob")
        try FileManager.default.createSymbolicLink(
            at: scratch.url.appendingPathComponent("model.safetensors"),
            withDestinationURL: target
        )
        #expect(try HuggingFaceFolder.open(at: scratch.url).tensors.count == 1)
    }

    @Test func `with shards is opened`() throws {
        try sharded()
        let folder = try HuggingFaceFolder.open(at: scratch.url)
        #expect(folder.tensors.map(\.name) == ["a", "b", "c", "d"])
        #expect(folder.weightFiles == [1, 2].map { ShardIndex.shardName($0, of: 2) })
        #expect(folder.indexFile == ShardIndex.fileName)
        #expect(folder.otherFiles == ["config.json"])
        #expect(folder.ignoredFiles.isEmpty)
        #expect(folder.totalBytes == 32)
    }

    @Test func `without a shard names the shard`() throws {
        try sharded()
        let lost = ShardIndex.shardName(2, of: 2)
        try FileManager.default.removeItem(at: scratch.url.appendingPathComponent(lost))
        #expect(sentence().contains(lost))
    }

    @Test(arguments: [
        ["a": 2, "b": 1, "c": 2], ["a": 2, "b": 1, "c": 2, "d": 1, "e": 1],
        ["a": 1, "b": 1, "c": 2, "d": 1], ["a": 2, "b": 1, "c": 2, "d": 2],
    ])
    func `whose index and shards disagree is refused`(map: [String: Int]) throws {
        try sharded()
        try writeIndex(map)
        #expect(sentence().contains("contradicts its shards"))
    }

    @Test(arguments: [
        "../x.safetensors", "/etc/x.safetensors", "sub/x.safetensors", "..\\x.safetensors",
        ".x.safetensors", "x.bin", "..", "",
    ])
    func `whose index leads elsewhere is refused`(name: String) throws {
        try scratch.write("{}", to: "config.json")
        let index = ShardIndex(weightMap: ["a": name])
        try scratch.write(index.encoded(totalSize: 8), to: ShardIndex.fileName)
        #expect(sentence().contains("plain name"))
    }

    @Test(arguments: ["{}", "{\"weight_map\": {}}", "{\"weight_map\": [1]}", "[]", "nonsense"])
    func `whose index is malformed is refused`(text: String) throws {
        try scratch.write("{}", to: "config.json")
        try scratch.write(text, to: ShardIndex.fileName)
        #expect(sentence().contains(ShardIndex.fileName))
    }

    @Test func `without what it needs says so`() throws {
        #expect(sentence().contains("config.json is missing"))
        try scratch.write("{}", to: "config.json")
        #expect(sentence().contains("model.safetensors"))
        try scratch.write("x", to: "model.gguf")
        #expect(sentence().contains("model.gguf"))
        try scratch.write("x", to: "pytorch_model.bin")
        #expect(sentence().contains("pickle"))
    }

    @Test func `that does not exist is an error`() {
        let nowhere = scratch.url.appendingPathComponent("nowhere")
        #expect(throws: CheckpointError.self) { try HuggingFaceFolder.open(at: nowhere) }
    }

    @Test func `gets an index as transformers writes it`() {
        let index = ShardIndex(weightMap: ["b": "y.safetensors", "a": "x.safetensors"])
        let expected = """
            {
              "metadata": {
                "total_size": 12
              },
              "weight_map": {
                "a": "x.safetensors",
                "b": "y.safetensors"
              }
            }

            """
        #expect(String(decoding: index.encoded(totalSize: 12), as: UTF8.self) == expected)
        #expect(ShardIndex.shardName(7, of: 12) == "model-00007-of-00012.safetensors")
    }
}
