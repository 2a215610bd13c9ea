/// Sends a planned GGUF file through a sink, piece by piece: the header first, then each tensor in
/// the layout's order.
///
/// It holds nothing but the place it has come to, so a model of any size needs no memory.
public struct GGUFWriter {
    /// Takes the next bytes of the file.
    public typealias Sink = ([UInt8]) throws(CheckpointError) -> Void

    private let layout: GGUFLayout
    private let sink: Sink
    /// The tensor that is being written, or comes next.
    private var index = 0
    /// What has been written of it.
    private var written = 0

    /// Starts a file by sending its header.
    ///
    /// - Throws: what the sink throws, as all methods do.
    public init(
        _ layout: GGUFLayout, into sink: @escaping Sink
    ) throws(CheckpointError) {
        self.layout = layout
        self.sink = sink
        try sink(layout.headerBytes)
        try finishTensors()
    }

    /// The tensor whose bytes come next; nil when all are written.
    public var next: TensorReference? {
        index < layout.tensors.count ? layout.tensors[index] : nil
    }

    /// Sends more bytes of a tensor, and the padding once it is complete.
    ///
    /// - Throws: `CheckpointError.invalidGGUF` when another tensor comes next, or this one would
    ///   become longer than planned; nothing was sent then.
    public mutating func append(
        _ bytes: [UInt8], to name: String
    ) throws(CheckpointError) {
        guard let next, next.name == name else {
            throw .invalidGGUF(
                part: name, reason: "it is out of order: \(next?.name ?? "the end") comes next")
        }
        guard bytes.count <= next.byteRange.count - written else {
            throw .invalidGGUF(
                part: name,
                reason: "\(written + bytes.count) bytes were given and \(next.byteRange.count) "
                    + "were planned")
        }
        try sink(bytes)
        written += bytes.count
        try finishTensors()
    }

    /// Makes sure that everything was sent.
    ///
    /// - Throws: `CheckpointError.invalidGGUF` naming the tensor that is missing or too short.
    public func finish() throws(CheckpointError) {
        guard let next else { return }
        throw .invalidGGUF(
            part: next.name,
            reason: "\(written) of its \(next.byteRange.count) bytes were written")
    }

    /// Pads the tensor if it is complete, and goes past those without bytes.
    private mutating func finishTensors() throws(CheckpointError) {
        while let next, written == next.byteRange.count {
            let padding = written.roundedUp(toMultipleOf: layout.alignment) - written
            if padding > 0 { try sink([UInt8](repeating: 0, count: padding)) }
            index += 1
            written = 0
        }
    }
}
