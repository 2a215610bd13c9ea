import Blobs
import Domain
import Linalg
import Models

/// Runs some groups of a block over a shard, some sequences at a time, and sums the Grams of the
/// taps.
///
/// Cost: 2·tokens·weights for the linears, 2·tokens·length·width for causal attention, and
/// tokens·d² for each tap's Gram.
enum RunSegmentTask: TaskKind {
    static let name = TaskNames.runSegment
    // 2: sequences in batches, other chunks of the Grams. 3: first tokens may count more often; a
    // worker that does not know of it would make the Gram of another task.
    static let version = 3

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(RunSegmentParameters.self)
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: try context.bytes(of: "configuration"))
        let sequences = parameters.sequences
        let groups = parameters.firstGroup..<parameters.lastGroup
        let linearGroups = architecture.linearGroups(inBlock: parameters.block)
        let widths = linearGroups.map(\.inputs)
        let grams = try GramSums(taps: parameters.taps, widths: widths)
        let weight = parameters.firstTokenWeight ?? 1
        guard (1...65_536).contains(weight) else {
            throw TaskError.badParameters(
                kind: name, problem: "the weight of first tokens is \(weight)")
        }
        let sink = Sink(
            // A routed expert gets tokens of any places in their sequences.
            taps: Set(linearGroups.filter { !$0.tap.hasPrefix("expert.") }.map(\.index)),
            length: sequences.length, weight: weight)
        let segment = try architecture.makeSegment(
            block: parameters.block, groups: groups, taps: parameters.taps,
            tensors: try BlobTensors(parameters.tensors, in: context))
        let type = try stateType(parameters.states)
        let hidden = try StateReader(
            "hidden", width: architecture.hiddenSize, sequences, context, as: type)
        let middle =
            context.has("middle")
            ? try StateReader(
                "middle",
                width: architecture.middleWidth(
                    inBlock: parameters.block, boundary: parameters.firstGroup),
                sequences, context, as: type)
            : nil
        let row = sequences.tokens * type.byteCount
        let hiddenWriter = try stateWriter("hidden", architecture.hiddenSize * row, context)
        let middleWidth = architecture.middleWidth(
            inBlock: parameters.block, boundary: parameters.lastGroup)
        let middleWriter = try stateWriter("middle", middleWidth * row, context)
        let step = BlockBatch.sequences(length: sequences.length)
        for start in stride(from: 0, to: sequences.count, by: step) {
            let batch = start..<min(start + step, sequences.count)
            let state = try run(segment, hidden, middle, batch, sequences.length, grams, sink)
            if let hiddenWriter { try append(state.hidden, as: type, to: hiddenWriter) }
            if let middleWriter { try append(state.middle, as: type, to: middleWriter) }
        }
        var ended: [(writer: BlobWriter, output: String)] = []
        if let hiddenWriter { ended.append((hiddenWriter, "hidden")) }
        if let middleWriter { ended.append((middleWriter, "middle")) }
        try grams.write(block: parameters.block, to: context, &ended)
        try context.finish(ended)
        return Array("{}".utf8)
    }

    private static func run(
        _ segment: any BlockSegment, _ hidden: StateReader, _ middle: StateReader?,
        _ batch: Range<Int>, _ length: Int, _ grams: GramSums, _ sink: Sink
    ) throws -> SegmentState {
        let rows = hidden.sequences(batch)
        let between = middle?.sequences(batch) ?? Matrix(rows: 0, columns: 0)
        return try segment.run(
            hidden: rows, middle: between, sequenceLength: length
        ) { tap, activations in
            grams.add(activations, tap: tap)
            if let rest = sink.rest(of: activations, tap: tap) { grams.add(rest, tap: tap) }
        }
    }

    /// The first tokens of sequences, as far as they count more than others.
    private struct Sink {
        /// Where whole sequences pass, one after another.
        let taps: Set<Int>
        let length: Int
        /// How many times each counts, at least 1.
        let weight: Double

        /// What is to be added to the rows, all of which count once: the first row of each
        /// sequence times √(weight − 1), sequences × width; nil where nothing is.
        func rest(of rows: borrowing Matrix, tap: Int) -> Matrix? {
            guard weight > 1, taps.contains(tap) else { return nil }
            let factor = Float((weight - 1).squareRoot())
            var first = Matrix(rows: rows.rows / length, columns: rows.columns)
            for row in 0..<first.rows {
                for column in 0..<first.columns {
                    first[row, column] = factor * rows[row * length, column]
                }
            }
            return first
        }
    }

    private static func stateWriter(
        _ name: String, _ bytes: Int, _ context: TaskContext
    ) throws -> BlobWriter? {
        guard context.wants(name) else { return nil }
        return try context.writer(for: name, bytes: bytes)
    }

    private static func append(
        _ state: borrowing Matrix?, as type: ElementType, to writer: BlobWriter
    ) throws {
        switch state {
        case .some(let matrix): try Tasks.append(matrix, as: type, to: writer)
        case .none: preconditionFailure("the segment gave no state that was promised")
        }
    }
}

/// The element type of stored states; nil is Float32.
func stateType(_ name: String?) throws(TaskError) -> ElementType {
    guard let name else { return .float32 }
    guard let type = ElementType(rawValue: name) else {
        throw .data("States of type \(name) are not known; F32, BF16 and F16 are.")
    }
    return type
}

/// Appends a matrix, by rows; narrower types round to nearest, ties to even.
func append(
    _ matrix: borrowing Matrix, as type: ElementType, to writer: BlobWriter
) throws {
    if type == .float32 {
        try writer.append(matrix.bytes)
    } else {
        try writer.append(matrix.encoded(as: type))
    }
}

/// Reads the state of a shard, one sequence at a time.
struct StateReader {
    private let blob: MappedBlob
    private let length: Int
    private let width: Int
    private let type: ElementType

    init(
        _ input: String, width: Int, _ sequences: SequenceRange, _ context: TaskContext,
        as type: ElementType = .float32
    ) throws {
        blob = try context.open(input, bytes: sequences.tokens * width * type.byteCount)
        self.type = type
        length = sequences.length
        self.width = width
    }

    /// The rows of some sequences: batch.count · length × width.
    func sequences(_ batch: Range<Int>) -> Matrix {
        let size = length * width * type.byteCount
        return Matrix(
            rows: batch.count * length, columns: width, showing: blob,
            at: batch.lowerBound * size, as: type)
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

    func write(
        block: Int, to context: TaskContext, _ ended: inout [(writer: BlobWriter, output: String)]
    ) throws {
        guard let tap = taps.first, sums != nil else { return }
        guard sums?.isFinite() == true else {
            throw TaskError.notFinite(
                "The inputs of group \(tap) in block \(block) are not finite (NaN or infinity): "
                    + "the checkpoint's weights overflow in Float32 or hold NaN.")
        }
        let bytes = (sums?.dimension).map { 2 * $0 * ($0 + 1) } ?? 0
        let writer = try context.writer(for: TaskNames.gram(tap: tap), bytes: bytes)
        try sums?.writePackedTriangle { try writer.append($0) }
        sums = nil
        ended.append((writer, TaskNames.gram(tap: tap)))
        try more?.write(block: block, to: context, &ended)
    }
}
