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
        let isDurable = declared.first { $0.name == output }?.retention == .durable
        return try store.makeWriter(expectedBytes: bytes, synced: isDurable)
    }

    /// Ends an output.
    func finish(_ writer: BlobWriter, as output: String) throws {
        precondition(wants(output), "\(kind) wrote the undeclared output \(output)")
        written[output] = try writer.commit()
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
