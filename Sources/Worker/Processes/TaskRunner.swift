import Blobs
import CSystem
import Domain
public import Foundation
import Linalg
import Tasks

/// The child process of a slot: reads orders from standard input, one JSON line each, runs them
/// one after another, and answers on standard output.
///
/// A crash or an out-of-memory kill ends this process and costs one attempt; the daemon and its
/// beat go on. It dies with its parent.
public struct TaskRunner {
    private let root: URL
    private let start = Date()
    /// One store for each list of alternates, since a store remembers what it has verified.
    private var stores: [[String]: BlobStore]
    private let meter = MemoryMeter()
    private let core: String
    /// Writable private memory before the first task.
    private let idleDataBytes: Int

    /// A runner that works in the store at `root`.
    ///
    /// - Parameters:
    ///   - threads: of a task, 1...64.
    ///   - parent: the process id of the daemon.
    public init(root: URL, threads: Int = 1, parent: Int32) throws {
        guard spokeshave_die_with_parent(parent) == 0 else {
            throw WorkerError.child(reason: "its daemon is gone.")
        }
        spokeshave_leave_interruptions_to_parent()
        spokeshave_leave_last_words()
        // A task makes and frees the same few sizes for each sequence.
        spokeshave_keep_memory()
        Crew.setThreads(threads)
        self.root = root
        stores = [[]: try BlobStore(root: root)]
        core = coreName()
        Self.warmUp()
        idleDataBytes = Int(spokeshave_data_bytes())
    }

    /// Makes OpenBLAS take its buffer now: when it gets none later it asks for ever.
    private static func warmUp() {
        let one = Matrix(rows: 64, columns: 64)
        var product = Matrix(rows: 64, columns: 64)
        applyLinear(one, weight: one, bias: nil, into: &product)
    }

    /// Runs orders until standard input ends.
    public mutating func run() throws {
        while let line = readLine(strippingNewline: true) {
            let order = try CanonicalJSON.decode(RunnerOrder.self, from: line.utf8)
            limit(order)
            let answer = try execute(order)
            spokeshave_return_memory()
            var bytes = try CanonicalJSON.encode(answer)
            bytes.append(UInt8(ascii: "\n"))
            try FileHandle.standardOutput.write(contentsOf: bytes)
        }
    }

    /// Bounds the writable private memory: mapped inputs are not in it.
    private func limit(_ order: RunnerOrder) {
        guard let room = order.dataBytesMax else { return }
        let (bound, overflow) = idleDataBytes.addingReportingOverflow(room)
        _ = spokeshave_limit_data(overflow ? -1 : Int64(bound))
    }

    private mutating func store(for alternates: [String]) throws -> BlobStore {
        if let store = stores[alternates] { return store }
        let store = try BlobStore(
            root: root, alternates: alternates.map { URL(filePath: $0) }, start: start)
        stores[alternates] = store
        return store
    }

    private mutating func execute(_ order: RunnerOrder) throws -> RunnerAnswer {
        let store = try store(for: order.alternates)
        meter.start()
        let start = ContinuousClock.now
        var result: TaskResult?
        var failure: TaskFailure?
        var damaged: Digest?
        do {
            result = try TaskCatalogue.run(
                kind: order.kind, version: order.version,
                parameters: Array(order.parameters.utf8), inputs: order.inputs,
                outputs: order.outputs, store: store)
        } catch {
            failure = TaskCatalogue.failure(for: error)
            if case .corrupt(let digest, _, _)? = error as? BlobError { damaged = digest }
        }
        let elapsed = start.duration(to: .now).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        return RunnerAnswer(
            result: result, failure: failure,
            measurements: TaskMeasurements(
                seconds: seconds, peakBytes: meter.stop(), core: core), damaged: damaged)
    }
}
