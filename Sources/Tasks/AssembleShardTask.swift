import Blobs
import Checkpoints
import Domain

/// Streams tensors into a safetensors file.
enum AssembleShardTask: TaskKind {
    static let name = TaskNames.assembleShard
    static let version = 1

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(AssembleShardParameters.self)
        let layout = try SafetensorsLayout(
            tensors: parameters.tensors.map { ($0.name, $0.elementType, $0.shape) },
            metadata: parameters.metadata)
        let writer = try context.writer(for: "file", bytes: layout.totalBytes)
        try writer.append(layout.headerBytes)
        for tensor in layout.tensors {
            let blob = try context.open(
                TaskNames.tensor(tensor.name), bytes: tensor.byteRange.count)
            try writer.append(blob.bytes)
        }
        try context.finish(writer, as: "file")
        return Array("{}".utf8)
    }
}
