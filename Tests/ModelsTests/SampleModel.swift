import Checkpoints
import Foundation
import Linalg
import Models
import Testing

/// A checkpoint with token ids and the logits that transformers gives for them.
struct SampleModel {
    let folder: HuggingFaceFolder
    let architecture: any Architecture
    let tokens: [Int32]
    private let golden: URL

    /// The variants that `scripts/make-model-fixtures` makes.
    static let variants = [
        "gqa-untied", "mha-tied", "llama3-rope", "linear-rope", "biases", "wide-heads",
        "sharded-bf16",
    ]

    /// Its models of the other families that predict tokens.
    static let decoders = [
        "mistral-window", "qwen2-windows", "qwen3", "gemma3", "phi3-window", "gpt2", "opt-before",
        "opt-after", "mixtral", "qwen2-moe", "qwen3-moe",
    ]

    /// Those of them with experts.
    static let mixtures = ["mixtral", "qwen2-moe", "qwen3-moe"]

    /// Those that end with hidden states, which their fixtures hold instead of logits.
    static let encoders = ["bert"]

    static let families = decoders + encoders

    init(fixture name: String) throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures").appendingPathComponent(name)
        try self.init(folder: url, golden: url.appendingPathComponent("golden.logits"))
    }

    init(folder url: URL, golden: URL) throws {
        folder = try HuggingFaceFolder.open(at: url)
        architecture = try ArchitectureCatalogue.architecture(of: folder)
        self.golden = golden
        tokens = try TokenArray.read(safetensorsAt: golden, tensor: "input_ids").tokens
    }

    var tensors: FolderTensors { FolderTensors(folder) }

    func expectedLogits() throws -> Matrix {
        let header = try SafetensorsHeader.read(fileAt: golden)
        let logits = try #require(header.tensors.first { $0.name == "logits" })
        let file = [UInt8](try Data(contentsOf: golden))
        return Matrix(
            rows: logits.shape[0],
            columns: logits.shape[1],
            decoding: Array(file[logits.byteRange]).span.bytes,
            as: .float32
        )
    }

    /// The last block's output, each block run in the given segments; `onTap` gets block, group
    /// and the group's input.
    @discardableResult
    func hidden(
        segments: [Range<Int>] = [0..<4],
        taps: [[Int]] = [[]],
        onTap: (Int, Int, [Float]) -> Void = { _, _, _ in }
    ) throws -> Matrix {
        try hidden(segments: segments, tapping: { _, index in taps[index] }, onTap: onTap)
    }

    /// The same with a tap on every group of the segments.
    @discardableResult
    func hiddenTappingAll(
        segments: [Range<Int>] = [0..<4], onTap: (Int, Int, [Float]) -> Void
    ) throws -> Matrix {
        try hidden(
            segments: segments,
            tapping: { block, index in
                architecture.linearGroups(inBlock: block)
                    .filter { segments[index].contains($0.step) }.map(\.index)
            },
            onTap: onTap
        )
    }

    /// The taps of a segment are chosen by block and by the segment's place in the list.
    private func hidden(
        segments: [Range<Int>],
        tapping taps: (Int, Int) -> [Int],
        onTap: (Int, Int, [Float]) -> Void
    ) throws -> Matrix {
        let tensors = tensors
        var hidden = try architecture.embed(tokens: tokens, from: tensors)
        for block in 0..<architecture.blockCount {
            var middle = Matrix(rows: 0, columns: 0)
            for (index, groups) in segments.enumerated() {
                let segment = try architecture.makeSegment(
                    block: block,
                    groups: groups,
                    taps: taps(block, index),
                    tensors: tensors
                )
                var state = try segment.run(hidden: hidden, middle: middle) { group, input in
                    onTap(block, group, values(input))
                }
                if let made = state.hidden.take() { hidden = made }
                if !groups.isEmpty {
                    middle = state.middle.take() ?? Matrix(rows: 0, columns: 0)
                }
            }
        }
        return hidden
    }

    func logits() throws -> Matrix {
        guard !architecture.headTensors.isEmpty else { return try hidden() }
        return try architecture.makeHead(tensors: tensors).logits(hidden: try hidden())
    }
}

func values(_ matrix: borrowing Matrix) -> [Float] {
    let elements = matrix.elements
    return elements.indices.map { elements[$0] }
}

/// The largest difference, relative to the largest expected magnitude.
func relativeError(_ found: borrowing Matrix, _ expected: borrowing Matrix) -> Float {
    let (a, b) = (values(found), values(expected))
    guard a.count == b.count, let largest = b.map(abs).max() else { return .infinity }
    let differences = zip(a, b).map { abs($0 - $1) }
    // A NaN anywhere must fail the comparison instead of vanishing in a maximum.
    guard differences.allSatisfy(\.isFinite) else { return .infinity }
    return (differences.max() ?? .infinity) / largest
}
