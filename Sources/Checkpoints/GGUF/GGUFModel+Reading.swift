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
        try keys.refuseUnread(in: architecture)
        self.architecture = architecture
        blockCount = try keys.size("block_count", in: architecture, maximum: Self.blocksMax)
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
        let values = try keys.optionalSize("attention.value_length", in: architecture)
        guard values ?? headLength == headLength, rotatedLength.isMultiple(of: 2),
            rotatedLength == headLength || (architecture == .phi3 && rotatedLength < headLength)
        else {
            throw .noGGUFForm(
                reason: "its heads have \(headLength) dimensions, \(values ?? headLength) of "
                    + "values, \(rotatedLength) of them rotated")
        }
        normEpsilon = try keys.number("attention.layer_norm_rms_epsilon", in: architecture)
        ropeBase = try keys.optionalNumber("rope.freq_base", in: architecture) ?? 10_000
        localRopeBase =
            architecture == .gemma3
            ? try keys.optionalNumber("rope.freq_base_swa", in: architecture) ?? 10_000 : nil
        let stretched = header.metadata["\(name).rope.scaling.type"] ?? .string("none")
        guard let scaling = stretched.text, scaling == "none" || scaling == "linear" else {
            throw .noGGUFForm(
                reason: "its rotary scaling '\((stretched.text ?? "no text").prefix(40))' is not "
                    + "read")
        }
        ropeScaling =
            scaling == "none"
            ? .none : .linear(factor: try keys.number("rope.scaling.factor", in: architecture))
        slidingWindow = try keys.window(in: architecture)
        vocabularySize = embedding.shape[0]
        isTied = !header.tensors.contains { $0.name == "output.weight" }
    }

    /// Looks keys of an architecture up.
    private struct Keys {
        private static let sizeMax = 1 << 31
        let metadata: GGUFMetadata

        func size(
            _ key: String, in model: Architecture, maximum: Int = sizeMax
        ) throws(CheckpointError) -> Int {
            guard let size = try optionalSize(key, in: model) else {
                throw .noGGUFForm(reason: "its key \(model.rawValue).\(key) is missing")
            }
            guard size <= maximum else {
                throw .noGGUFForm(
                    reason: "its key \(model.rawValue).\(key) is \(size), more than \(maximum)")
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

        /// The sliding window; files of Phi-4 have 0 for none.
        func window(in model: Architecture) throws(CheckpointError) -> Int? {
            let key = "attention.sliding_window"
            guard metadata["\(model.rawValue).\(key)"]?.integer != 0 else { return nil }
            return try optionalSize(key, in: model)
        }

        func number(_ key: String, in model: Architecture) throws(CheckpointError) -> Double {
            guard let number = try optionalNumber(key, in: model) else {
                throw .noGGUFForm(reason: "its key \(model.rawValue).\(key) is missing")
            }
            return number
        }

        /// The shortest decimal that the stored number stands for: 1e-05, not 9.99999974e-06.
        ///
        /// Another kind of value is no reason to take a default: the model would be another.
        func optionalNumber(
            _ key: String, in model: Architecture
        ) throws(CheckpointError) -> Double? {
            guard let value = metadata["\(model.rawValue).\(key)"] else { return nil }
            guard let number = value.number, number.isFinite, number > 0 else {
                throw .noGGUFForm(
                    reason: "its key \(model.rawValue).\(key) is no number above zero")
            }
            if case .float32(let number) = value { return Double("\(number)") }
            return number
        }

        /// Refuses what would change the arithmetic and is not carried over.
        func refuseUnread(in model: Architecture) throws(CheckpointError) {
            let keys = ["attn_logit_softcapping", "final_logit_softcapping", "expert_count"]
            for key in keys {
                guard let value = metadata["\(model.rawValue).\(key)"] else { continue }
                guard value.integer == 0 || value.number == 0 else {
                    throw .noGGUFForm(reason: "its key \(model.rawValue).\(key) is not read")
                }
            }
            let pattern = "gemma3.attention.sliding_window_pattern"
            if model == .gemma3, let value = metadata[pattern], value.integer != 6 {
                throw .noGGUFForm(reason: "its key \(pattern) is not the usual 6")
            }
        }
    }
}
