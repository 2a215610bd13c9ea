import Blobs
import Domain
import Foundation

/// What a running task may touch: its inputs, its outputs, nothing else.
public final class TaskContext {
    let kind: String
    private let parameters: [UInt8]
    private let inputs: [String: BlobReference]
    private let declared: [OutputDeclaration]
    private let store: BlobStore
    private var written: [String: BlobReference] = [:]

    init(
        kind: String, parameters: [UInt8], inputs: [String: BlobReference],
        outputs: [OutputDeclaration], store: BlobStore
    ) {
        self.kind = kind
        self.parameters = parameters
        self.inputs = inputs
        declared = outputs
        self.store = store
    }

    /// The parameters as the kind's own type.
    func parameters<Value: Decodable>(_ type: Value.Type) throws(TaskError) -> Value {
        do { return try CanonicalJSON.decode(type, from: parameters) } catch {
            throw .badParameters(kind: kind, problem: "\(error)")
        }
    }

    /// Whether the input was given.
    func has(_ input: String) -> Bool { inputs[input] != nil }

    /// Maps an input.
    func open(_ input: String) throws -> MappedBlob {
        guard let blob = inputs[input] else { throw TaskError.missingInput(input) }
        // Once per process and blob; what this process wrote itself is trusted.
        return try store.openVerified(blob.digest)
    }

    /// Maps an input and checks its length.
    func open(_ input: String, bytes expected: Int) throws -> MappedBlob {
        let blob = try open(input)
        guard blob.byteCount == expected else {
            throw TaskError.wrongSize(
                input: input, bytes: blob.byteCount, expected: expected)
        }
        return blob
    }

    /// All bytes of a small input.
    func bytes(of input: String) throws -> [UInt8] {
        let blob = try open(input)
        return blob.copy(0..<blob.byteCount)
    }

    /// Whether the task must give this output.
    func wants(_ output: String) -> Bool { declared.contains { $0.name == output } }

    /// Starts writing an output; end with ``finish(_:as:)``.
    func writer(for output: String, bytes: Int) throws -> BlobWriter {
        // A durable output is durable with the coordinator; what a power cut takes here is
        // found out when it is verified, and fetched or made again.
        try store.makeWriter(expectedBytes: bytes, synced: false)
    }

    /// Ends an output.
    func finish(_ writer: BlobWriter, as output: String) throws {
        try finish([(writer, output)])
    }

    /// Ends several outputs; together they are hashed faster than one after another.
    func finish(_ ended: [(writer: BlobWriter, output: String)]) throws {
        for (_, output) in ended {
            precondition(wants(output), "\(kind) wrote the undeclared output \(output)")
        }
        let blobs = try BlobWriter.commit(ended.map(\.writer))
        for (end, blob) in zip(ended, blobs) { written[end.output] = blob }
    }

    /// The outputs in the order of their declarations.
    func finish() throws -> [TaskOutput] {
        declared.map { declaration in
            guard let blob = written[declaration.name] else {
                preconditionFailure("\(kind) did not write the output \(declaration.name)")
            }
            return TaskOutput(name: declaration.name, blob: blob)
        }
    }
}
