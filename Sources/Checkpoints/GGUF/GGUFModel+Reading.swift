extension GGUFModel {
    /// Reads what a file's metadata and tensors say of its model.
    ///
    /// - Throws: `CheckpointError.noGGUFForm` naming the key, for other architectures and for what
    ///   a `config.json` could not say.
    public init(reading header: GGUFHeader) throws(CheckpointError) {
        let keys = Keys(metadata: header.metadata)
        let name = header.metadata["general.architecture"]?.text ?? ""
        guard let architecture = Architecture(rawValue: name) else {
            let known = Architecture.allCases.map(\.rawValue).joined(separator: ", ")
            throw .noGGUFForm(
                reason: "its architecture is '\(name.prefix(40))', and \(known) can be read")
        }
        guard !header.tensors.contains(where: { $0.name == "rope_freqs.weight" }) else {
            throw .noGGUFForm(
                reason: "it has rope_freqs.weight, whose formula the file does not tell; take the "
                    + "original folder")
        }
        let embedding = header.tensors.first { $0.name == "token_embd.weight" }
        guard let embedding, embedding.shape.count == 2 else {
            throw .noGGUFForm(reason: "it has no matrix token_embd.weight")
        }
        self.architecture = architecture
        blockCount = try keys.size("block_count", in: architecture)
        contextLength = try keys.size("context_length", in: architecture)
        embeddingLength = try keys.size("embedding_length", in: architecture)
        feedForwardLength = try keys.size("feed_forward_length", in: architecture)
        headCount = try keys.size("attention.head_count", in: architecture)
        keyValueHeadCount =
            try keys.optionalSize("attention.head_count_kv", in: architecture) ?? headCount
        guard headCount.isMultiple(of: keyValueHeadCount), embedding.shape[1] == embeddingLength
        else { throw .noGGUFForm(reason: "its heads and widths contradict each other") }
        let stated = try keys.optionalSize("attention.key_length", in: architecture)
        headLength = stated ?? max(1, embeddingLength / headCount)
        guard headLength.isMultiple(of: 2), headLength <= Self.headLengthMax,
            headCount <= Self.headRowsMax / headLength
        else { throw .noGGUFForm(reason: "its heads of \(headLength) dimensions are odd") }
        rotatedLength =
            try keys.optionalSize("rope.dimension_count", in: architecture) ?? headLength
        normEpsilon = try keys.number("attention.layer_norm_rms_epsilon", in: architecture)
        ropeBase = keys.optionalNumber("rope.freq_base", in: architecture) ?? 10_000
        localRopeBase =
            architecture == .gemma3
            ? keys.optionalNumber("rope.freq_base_swa", in: architecture) ?? 10_000 : nil
        let scaling = header.metadata["\(name).rope.scaling.type"]?.text ?? "none"
        guard scaling == "none" || scaling == "linear" else {
            throw .noGGUFForm(reason: "its rotary scaling '\(scaling.prefix(40))' is not read")
        }
        ropeScaling =
            scaling == "none"
            ? .none : .linear(factor: try keys.number("rope.scaling.factor", in: architecture))
        slidingWindow = try keys.optionalSize("attention.sliding_window", in: architecture)
        vocabularySize = embedding.shape[0]
        isTied = !header.tensors.contains { $0.name == "output.weight" }
    }

    /// Looks keys of an architecture up.
    private struct Keys {
        private static let sizeMax = 1 << 31
        let metadata: GGUFMetadata

        func size(_ key: String, in model: Architecture) throws(CheckpointError) -> Int {
            guard let size = try optionalSize(key, in: model) else {
                throw .noGGUFForm(reason: "its key \(model.rawValue).\(key) is missing")
            }
            return size
        }

        func optionalSize(
            _ key: String, in model: Architecture
        ) throws(CheckpointError) -> Int? {
            guard let value = metadata["\(model.rawValue).\(key)"] else { return nil }
            guard let size = value.integer, 1...Self.sizeMax ~= size else {
                throw .noGGUFForm(reason: "its key \(model.rawValue).\(key) is no size")
            }
            return size
        }

        func number(_ key: String, in model: Architecture) throws(CheckpointError) -> Double {
            guard let number = optionalNumber(key, in: model) else {
                throw .noGGUFForm(reason: "its key \(model.rawValue).\(key) is missing")
            }
            return number
        }

        /// The shortest decimal that the stored number stands for: 1e-05, not 9.99999974e-06.
        func optionalNumber(_ key: String, in model: Architecture) -> Double? {
            guard let value = metadata["\(model.rawValue).\(key)"] else { return nil }
            if case .float32(let number) = value, number.isFinite { return Double("\(number)") }
            guard let number = value.number, number.isFinite else { return nil }
            return number
        }
    }
}
