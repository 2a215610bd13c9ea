import Foundation

extension GGUFModel {
    /// The version of the block formats, which files with blocks state.
    public static let quantizationVersion: UInt32 = 2

    /// The keys that describe a model, without those of its tokenizer.
    ///
    /// - Parameters:
    ///   - name: the model's name, for people.
    ///   - fileType: what most weights are stored as.
    /// - Returns: general keys first, then those of the architecture.
    public func metadata(name: String, fileType: GGUFTensorType) -> GGUFMetadata {
        var metadata: GGUFMetadata = [
            "general.architecture": .string(architecture.rawValue),
            "general.type": .string("model"),
            "general.name": .string(name),
            "general.quantization_version": .uint32(Self.quantizationVersion),
        ]
        if let number = fileType.fileType { metadata["general.file_type"] = .uint32(number) }
        func set(_ key: String, _ size: Int?) {
            metadata["\(architecture.rawValue).\(key)"] = size.map { .uint32(UInt32($0)) }
        }
        func set(_ key: String, _ number: Double?) {
            metadata["\(architecture.rawValue).\(key)"] = number.map { .float32(Float($0)) }
        }
        set("block_count", blockCount)
        set("context_length", contextLength)
        set("embedding_length", embeddingLength)
        set("feed_forward_length", feedForwardLength)
        set("attention.head_count", headCount)
        set("attention.head_count_kv", keyValueHeadCount)
        set("attention.key_length", headLength)
        set("attention.value_length", headLength)
        set("attention.layer_norm_rms_epsilon", normEpsilon)
        set("attention.sliding_window", slidingWindow)
        set("vocab_size", vocabularySize)
        set("rope.dimension_count", rotatedLength)
        set("rope.freq_base", ropeBase)
        set("rope.freq_base_swa", localRopeBase)
        switch ropeScaling {
        // The factors of Llama 3 are a tensor.
        case .none, .llama3: break
        case .linear(let factor):
            metadata["\(architecture.rawValue).rope.scaling.type"] = .string("linear")
            set("rope.scaling.factor", factor)
        case .yarn(let factor, let trainedLength):
            metadata["\(architecture.rawValue).rope.scaling.type"] = .string("yarn")
            set("rope.scaling.factor", factor)
            set("rope.scaling.original_context_length", trainedLength)
        }
        return metadata
    }

    /// The tensor `rope_freqs.weight` (F32), by which llama.cpp divides the frequencies of Llama 3:
    /// half as many numbers as dimensions are rotated; nil for models without it.
    public var ropeFactors: [Float]? {
        guard case .llama3(let factor, let low, let high, let trainedLength) = ropeScaling else {
            return nil
        }
        return (0..<rotatedLength / 2).map { i in
            let frequency = pow(ropeBase, -2 * Double(i) / Double(rotatedLength))
            // How often a wave goes round within the length of training.
            let turns = Double(trainedLength) * frequency / (2 * Double.pi)
            if turns > high { return 1 }
            if turns < low { return Float(factor) }
            let share = (turns - low) / (high - low)
            return Float(1 / ((1 - share) / factor + share))
        }
    }
}

extension GGUFTensorType {
    /// The number by which `general.file_type` calls files of mostly this type; nil where
    /// llama.cpp has none.
    public var fileType: UInt32? {
        switch self {
        case .float32: 0
        case .float16: 1
        case .q4Type0: 2
        case .q4Type1: 3
        case .q8Type0: 7
        case .q5Type0: 8
        case .q5Type1: 9
        case .q2K: 10
        // The K formats have sizes; these are the smallest, without any wider tensors.
        case .q3K: 11
        case .q4K: 14
        case .q5K: 16
        case .q6K: 18
        case .iq4NonLinear: 25
        case .bfloat16: 32
        default: nil
        }
    }
}
