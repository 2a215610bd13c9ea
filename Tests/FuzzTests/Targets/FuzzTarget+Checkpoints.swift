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

    private func withFile(of bytes: [UInt8], _ read: (URL) throws -> Bool) throws -> Bool {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "spokeshave-fuzz-\(UUID().uuidString)")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try read(url)
    }
}
