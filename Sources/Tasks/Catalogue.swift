public import Blobs
public import Domain

/// All task kinds; a new one is a file and a line here.
public enum TaskCatalogue {
    private static let kinds: [any (TaskKind & SendableMetatype).Type] = [
        PrepareTokensTask.self,
        EmbedTokensTask.self,
        RunSegmentTask.self,
        ReduceGramTask.self,
        FactorGramTask.self,
        CompressLayerTask.self,
        AssembleShardTask.self,
        EvaluateHeadTask.self,
        CompareEmbeddingsTask.self,
        DrillTask.self,
    ]

    /// Names and versions of all kinds, by name.
    public static var names: [(name: String, version: Int)] {
        kinds.map { ($0.name, $0.version) }.sorted { $0.0 < $1.0 }
    }

    /// Runs one task.
    ///
    /// - Parameters:
    ///   - kind: the kind's name.
    ///   - version: the version that the task was described for.
    ///   - parameters: canonical JSON.
    ///   - inputs: the blob of each input, by the kind's name for it.
    ///   - outputs: the promised outputs.
    ///   - store: where inputs are read from and outputs written to.
    public static func run(
        kind: String, version: Int, parameters: [UInt8], inputs: [String: BlobReference],
        outputs: [OutputDeclaration], store: BlobStore
    ) throws -> TaskResult {
        guard let found = kinds.first(where: { $0.name == kind && $0.version == version }) else {
            throw TaskError.unknownKind(kind, version: version)
        }
        let context = TaskContext(
            kind: kind, parameters: parameters, inputs: inputs, outputs: outputs, store: store)
        let facts = try found.run(context)
        return TaskResult(outputs: try context.finish(), facts: facts)
    }

    /// Says what to do about an error of ``run(kind:version:parameters:inputs:outputs:store:)``.
    public static func failure(for error: any Error) -> TaskFailure {
        if let error = error as? BlobError { return error.failure }
        return TaskFailure(.deterministic, "\(error)")
    }
}
