import Blobs
import Domain
import Linalg
import Models

/// Runs some groups of a block over a shard, one sequence at a time, and sums the Grams of the
/// taps.
///
/// Cost: 2·tokens·weights for the linears, 2·tokens·length·width for causal attention, and
/// tokens·d² for each tap's Gram.
enum RunSegmentTask: TaskKind {
    static let name = TaskNames.runSegment
    static let version = 1

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(RunSegmentParameters.self)
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: try context.bytes(of: "configuration"))
        let sequences = parameters.sequences
        let groups = parameters.firstGroup..<parameters.lastGroup
        let widths = architecture.linearGroups(inBlock: parameters.block).map(\.inputs)
        let grams = try GramSums(taps: parameters.taps, widths: widths)
        let segment = try architecture.makeSegment(
            block: parameters.block, groups: groups, taps: parameters.taps,
            tensors: try BlobTensors(parameters.tensors, in: context))
        let hidden = try StateReader(
            "hidden", width: architecture.hiddenSize, sequences, context)
        let middle =
            context.has("middle")
            ? try StateReader("middle", width: widths[parameters.firstGroup], sequences, context)
            : nil
        let hiddenWriter = try stateWriter("hidden", architecture.hiddenSize, sequences, context)
        let middleWidth = parameters.lastGroup < widths.count ? widths[parameters.lastGroup] : 0
        let middleWriter = try stateWriter("middle", middleWidth, sequences, context)
        for index in 0..<sequences.count {
            let state = try run(segment, hidden, middle, index, grams)
            if let hiddenWriter { try append(state.hidden, to: hiddenWriter, context) }
            if let middleWriter { try append(state.middle, to: middleWriter, context) }
        }
        if let hiddenWriter { try context.finish(hiddenWriter, as: "hidden") }
        if let middleWriter { try context.finish(middleWriter, as: "middle") }
        try grams.write(block: parameters.block, to: context)
        return Array("{}".utf8)
    }

    private static func run(
        _ segment: any BlockSegment, _ hidden: StateReader, _ middle: StateReader?,
        _ index: Int, _ grams: GramSums
    ) throws -> SegmentState {
        let rows = hidden.sequence(index)
        let between = middle?.sequence(index) ?? Matrix(rows: 0, columns: 0)
        return try segment.run(hidden: rows, middle: between) { tap, activations in
            grams.add(activations, tap: tap)
        }
    }

    private static func stateWriter(
        _ name: String, _ width: Int, _ sequences: SequenceRange, _ context: TaskContext
    ) throws -> BlobWriter? {
        guard context.wants(name) else { return nil }
        return try context.writer(for: name, bytes: sequences.tokens * width * 4)
    }

    private static func append(
        _ state: borrowing Matrix?, to writer: BlobWriter, _ context: TaskContext
    ) throws {
        switch state {
        case .some(let matrix): try writer.append(matrix.bytes)
        case .none: preconditionFailure("the segment gave no state that was promised")
        }
    }
}

/// Reads the state of a shard, one sequence at a time.
struct StateReader {
    private let blob: MappedBlob
    private let length: Int
    private let width: Int

    init(
        _ input: String, width: Int, _ sequences: SequenceRange, _ context: TaskContext
    ) throws {
        blob = try context.open(input, bytes: sequences.tokens * width * 4)
        length = sequences.length
        self.width = width
    }

    /// The rows of one sequence: length × width.
    func sequence(_ index: Int) -> Matrix {
        let size = length * width * 4
        let bytes = blob.bytes
        return Matrix(
            rows: length, columns: width,
            decoding: bytes.extracting(index * size..<(index + 1) * size), as: .float32)
    }
}

/// The partial Grams of a segment's taps.
private final class GramSums {
    private let taps: [Int]
    private var sums: GramAccumulator?
    private var more: GramSums?

    /// One accumulator a tap, as a list: a noncopyable cannot live in an array.
    init(taps: [Int], widths: [Int]) throws {
        self.taps = taps
        guard let first = taps.first else { return }
        guard widths.indices.contains(first) else {
            throw TaskError.badParameters(
                kind: TaskNames.runSegment, problem: "there is no tap \(first)")
        }
        sums = GramAccumulator(dimension: widths[first])
        if taps.count > 1 { more = try GramSums(taps: Array(taps.dropFirst()), widths: widths) }
    }

    func add(_ activations: borrowing Matrix, tap: Int) {
        if taps.first == tap {
            sums?.add(rows: activations)
        } else {
            more?.add(activations, tap: tap)
        }
    }

    func write(block: Int, to context: TaskContext) throws {
        guard let tap = taps.first, let triangle = sums?.packedTriangle() else { return }
        sums = nil
        guard triangle.allSatisfy(\.isFinite) else {
            throw TaskError.notFinite(
                "The inputs of group \(tap) in block \(block) are not finite (NaN or infinity): "
                    + "the checkpoint's weights overflow in Float32 or hold NaN.")
        }
        let writer = try context.writer(
            for: TaskNames.gram(tap: tap), bytes: triangle.count * 4)
        try writer.append(float32Bytes(triangle))
        try context.finish(writer, as: TaskNames.gram(tap: tap))
        try more?.write(block: block, to: context)
    }
}
