import Checkpoints
import Foundation

extension FuzzTarget {
    /// A whole safetensors file; what was read lies within it.
    func readsSafetensors(_ bytes: [UInt8]) throws -> Bool {
        try withFile(of: bytes) { url in
            guard let header = try? SafetensorsHeader.read(fileAt: url) else { return false }
            for tensor in header.tensors {
                guard tensor.byteRange.lowerBound >= header.dataOffset,
                    tensor.byteRange.upperBound <= bytes.count
                else { throw Finding("The tensor '\(tensor.name)' lies outside of its file.") }
            }
            let forms = header.tensors.map { ($0.name, $0.elementType, $0.shape) }
            if let layout = try? SafetensorsLayout(tensors: forms, metadata: header.metadata) {
                try checkSafetensorsLayout(layout)
            }
            return true
        }
    }

    /// What we would write for the same tensors can be read.
    private func checkSafetensorsLayout(_ layout: SafetensorsLayout) throws {
        let header = try SafetensorsHeader.parse(
            text: Array(layout.headerBytes.dropFirst(8)), file: "written",
            fileByteCount: layout.totalBytes)
        guard header.tensors.count == layout.tensors.count else {
            throw Finding("A header that was written has another number of tensors when read.")
        }
    }

    /// A whole GGUF file: what was read lies within it, can be converted, and be written again.
    func readsGGUF(_ bytes: [UInt8]) throws -> Bool {
        try withFile(of: bytes) { url in
            guard let file = try? GGUFFile.open(at: url) else { return false }
            for tensor in file.header.tensors {
                guard tensor.byteRange.lowerBound >= file.header.dataOffset,
                    tensor.byteRange.upperBound <= bytes.count
                else { throw Finding("The tensor '\(tensor.name)' lies outside of its file.") }
                _ = try? file.matrix(of: tensor)
            }
            let vocabulary = try? GGUFVocabulary(metadata: file.header.metadata, file: "fuzz")
            _ = vocabulary?.tokenizerFile
            try checkGGUFLayout(file.header)
            return true
        }
    }

    /// What we would write for the same tensors can be read.
    private func checkGGUFLayout(_ header: GGUFHeader) throws {
        let forms = header.tensors.compactMap { tensor in
            GGUFTensorType(rawValue: tensor.elementType).map { (tensor.name, $0, tensor.shape) }
        }
        guard let layout = try? GGUFLayout(metadata: header.metadata, tensors: forms) else {
            return
        }
        let dataBytes = layout.totalBytes - layout.headerBytes.count
        let again = try GGUFHeader(
            parsing: layout.headerBytes + [UInt8](repeating: 0, count: dataBytes), file: "written")
        guard again.tensors.map(\.name) == header.tensors.map(\.name),
            again.metadata.keys == header.metadata.keys
        else { throw Finding("A GGUF header that was written is another one when read.") }
    }

    /// A configuration as a model in GGUF; the order of rows that it gives leaves none out.
    func readsGGUFConfiguration(_ bytes: [UInt8]) throws {
        guard let configuration = try? JSONValue.parse(bytes, file: "config.json"),
            let model = try? GGUFModel(configuration: configuration)
        else { return }
        _ = model.metadata(name: "fuzz", fileType: .float16)
        _ = model.ropeFactors
        let name = "model.layers.0.self_attn.k_proj.weight"
        guard let order = model.change(writing: name)?.rowOrder else { return }
        guard order.count == model.keyValueHeadCount * model.headLength,
            order.allSatisfy(order.indices.contains), Set(order).count == order.count
        else { throw Finding("The order of \(order.count) rows is not one.") }
    }

    /// The index of a checkpoint of several files; no name leads out of the folder.
    func readsShardIndex(_ bytes: [UInt8]) throws -> Bool {
        try withFile(of: bytes) { url in
            guard let index = try? ShardIndex.read(fileAt: url) else { return false }
            for file in index.files {
                let place = URL(filePath: "/a/b").appending(path: file).standardizedFileURL
                guard place.deletingLastPathComponent().path == "/a/b" else {
                    throw Finding("The shard '\(file)' lies outside of the folder.")
                }
            }
            return true
        }
    }

    /// Token ids as a `.npy` or `.safetensors` file.
    func readsTokens(_ bytes: [UInt8]) throws -> Bool {
        try withFile(of: bytes) { url in
            let arrays = [
                try? NumpyArray.read(fileAt: url), try? TokenArray.read(safetensorsAt: url),
            ].compactMap { $0 }
            for array in arrays where array.tokens.count * 4 > bytes.count {
                throw Finding("\(bytes.count) bytes gave \(array.tokens.count) ids.")
            }
            return !arrays.isEmpty
        }
    }

    func withFile(of bytes: [UInt8], _ read: (URL) throws -> Bool) throws -> Bool {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "spokeshave-fuzz-\(UUID().uuidString)")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try read(url)
    }
}
