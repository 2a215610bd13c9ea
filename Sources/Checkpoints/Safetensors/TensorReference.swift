/// Where a tensor's bytes lie: a note about a file, never the bytes themselves.
public struct TensorReference: Sendable, Codable, Hashable {
    /// The tensor's name, "model.layers.0.self_attn.q_proj.weight".
    public let name: String
    /// The file's name inside its folder.
    public let file: String
    /// The extents, outermost first (outputs × inputs for a linear layer); empty for a scalar.
    public let shape: [Int]
    /// The safetensors name of the element type: "F32", "BF16", "F16" and others.
    public let elementType: String
    /// The bytes, counted from the start of the file.
    public let byteRange: Range<Int>

    /// Notes where a tensor lies; nothing is checked here.
    public init(
        name: String,
        file: String,
        shape: [Int],
        elementType: String,
        byteRange: Range<Int>
    ) {
        self.name = name
        self.file = file
        self.shape = shape
        self.elementType = elementType
        self.byteRange = byteRange
    }

    /// The number of elements; the reader has made sure that it does not overflow.
    public var elementCount: Int { shape.reduce(1, *) }
}
