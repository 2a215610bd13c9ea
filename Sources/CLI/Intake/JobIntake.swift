import Blobs
import Checkpoints
import Domain
import Foundation
import Models
import Planning

/// A part of a file whose bytes are a blob.
struct BlobSource {
    let file: URL
    let offset: Int
    let manifest: BlobManifest

    var reference: BlobReference {
        BlobReference(digest: manifest.digest, byteCount: manifest.byteCount)
    }

    init(file: URL, offset: Int, byteCount: Int) throws {
        self.file = file
        self.offset = offset
        manifest = try BlobStore.hashRange(file: file, offset: offset, byteCount: byteCount)
    }

    /// Several parts of a file, in order; hashed together, which is faster.
    static func parts(_ ranges: [Range<Int>], of file: URL) throws -> [BlobSource] {
        zip(ranges, try BlobStore.hashRanges(file: file, ranges)).map {
            BlobSource(file: file, offset: $0.lowerBound, manifest: $1)
        }
    }

    private init(file: URL, offset: Int, manifest: BlobManifest) {
        self.file = file
        self.offset = offset
        self.manifest = manifest
    }

    init(wholeFile file: URL) throws {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        try self.init(file: file, offset: 0, byteCount: size ?? 0)
    }
}

/// Everything that a job needs from this machine's disk, hashed once and not copied.
struct JobIntake {
    /// Enough to fill the lanes of the hash, few enough that progress moves.
    private static let tensorsAtOnce = 32

    private(set) var sources: [BlobSource] = []
    /// Small blobs that exist only in memory.
    private(set) var contents: [[UInt8]] = []

    /// Opens, checks and hashes a model folder.
    mutating func model(
        at url: URL, progress: (String) -> Void
    ) throws -> (manifest: ModelManifest, architecture: any Architecture) {
        let folder = try HuggingFaceFolder.open(at: url)
        let architecture = try ArchitectureCatalogue.architecture(of: folder)
        var tensors: [ModelManifest.Tensor] = []
        var rest = folder.tensors[...]
        while let first = rest.first {
            progress("hashing the model: tensor \(tensors.count) of \(folder.tensors.count)")
            let file = url.appendingPathComponent(first.file)
            let group = rest.prefix(Self.tensorsAtOnce).prefix { $0.file == first.file }
            for tensor in group { try checkFinite(tensor, in: file) }
            let parts = try BlobSource.parts(group.map(\.byteRange), of: file)
            sources += parts
            tensors += zip(group, parts).map { tensor, source in
                ModelManifest.Tensor(
                    form: TensorForm(
                        name: tensor.name, elementType: tensor.elementType,
                        shape: tensor.shape),
                    blob: source.reference, file: tensor.file)
            }
            rest = rest.dropFirst(group.count)
        }
        var carried: [ModelManifest.CarriedFile] = []
        for name in (folder.otherFiles + [folder.indexFile].compactMap { $0 }).sorted() {
            let source = try BlobSource(wholeFile: url.appendingPathComponent(name))
            sources.append(source)
            carried.append(ModelManifest.CarriedFile(name: name, blob: source.reference))
        }
        let manifest = ModelManifest(
            title: url.standardizedFileURL.lastPathComponent,
            configurationText: String(decoding: folder.configuration, as: UTF8.self),
            configuration: keep(folder.configuration), tensors: tensors,
            weightFiles: folder.weightFiles, carriedFiles: carried)
        return (manifest, architecture)
    }

    /// Takes a text, to be tokenised with the model's tokenizer.
    mutating func text(at url: URL, for model: ModelManifest) throws -> DataManifest {
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw CommandFailure(.badInput, "There is no text at \(url.path).")
        }
        guard let tokenizer = model.carriedFiles.first(where: { $0.name == "tokenizer.json" })
        else {
            throw CommandFailure(
                .badInput,
                "The model folder has no tokenizer.json, so \(url.lastPathComponent) cannot be "
                    + "tokenised: add it, or give token ids instead of text.")
        }
        let source = try BlobSource(wholeFile: url)
        guard source.manifest.byteCount > 0 else {
            throw CommandFailure(.badInput, "\(url.path) is empty.")
        }
        sources.append(source)
        return DataManifest(format: .text, blob: source.reference, tokenizer: tokenizer.blob)
    }

    /// Takes token ids from a `.npy` or `.safetensors` file.
    mutating func tokens(at url: URL) throws -> DataManifest {
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw CommandFailure(.badInput, "There is no token file at \(url.path).")
        }
        let array: TokenArray
        switch url.pathExtension {
        case "npy": array = try NumpyArray.read(fileAt: url)
        case "safetensors": array = try TokenArray.read(safetensorsAt: url)
        default:
            throw CommandFailure(
                .badInput, "\(url.lastPathComponent) is neither .npy nor .safetensors.")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(array.tokens.count * 4)
        for token in array.tokens {
            let word = UInt32(bitPattern: token)
            for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
        }
        return DataManifest(format: .identifiers, blob: keep(bytes), tokenizer: nil)
    }

    /// Keeps a small blob in memory until it is sent.
    mutating func keep(_ bytes: [UInt8]) -> BlobReference {
        var hasher = BlobHasher()
        hasher.update(bytes)
        let manifest = hasher.finish()
        contents.append(bytes)
        return BlobReference(digest: manifest.digest, byteCount: bytes.count)
    }

    private func checkFinite(_ tensor: TensorReference, in file: URL) throws {
        let bytes = try MappedBlob(
            path: file.path, offset: tensor.byteRange.lowerBound,
            byteCount: tensor.byteRange.count)
        guard let index = firstNonFinite(in: bytes.bytes, elementType: tensor.elementType)
        else { return }
        throw CommandFailure(
            .badInput,
            "The tensor \(tensor.name) in \(tensor.file) holds NaN or infinity (element "
                + "\(index)): the checkpoint is broken, get it again.")
    }
}
