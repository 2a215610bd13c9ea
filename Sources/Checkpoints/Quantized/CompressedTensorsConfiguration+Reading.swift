import Domain

extension CompressedTensorsConfiguration {
    /// Reads the object under `quantization_config`.
    ///
    /// - Throws: `CheckpointError.unsupportedQuantization` for other formats than
    ///   `pack-quantized`, quantised activations or caches, rotations, sparse layouts, and for
    ///   what the format does not allow.
    init(reading value: JSONValue, file: String) throws(CheckpointError) {
        let fields = try QuantizationFields(value, file: file)
        let format = try fields.text("format")
        guard format == PackQuantized.name || format == "mixed-precision" else {
            throw fields.wrong(
                "its format is “\(format ?? "missing")”; pack-quantized can be read")
        }
        if let status = try fields.text("quantization_status"), status != "compressed" {
            throw fields.wrong("its quantization_status is “\(status)” instead of “compressed”")
        }
        try fields.refuse("kv_cache_scheme", because: "a rounded cache is not computed here")
        try fields.refuse("transform_config", because: "rotated weights are not computed here")
        if let sparsity = try fields.fields("sparsity_config"), !sparsity.names.isEmpty {
            let layout = try sparsity.text("format")
            guard layout == "dense" else {
                throw fields.wrong(
                    "its sparsity_config has the format “\(layout ?? "missing")”, and current "
                        + "readers know the dense one alone; decompress the model first")
            }
        }
        guard let described = try fields.fields("config_groups"), !described.names.isEmpty else {
            throw fields.wrong("its config_groups are missing")
        }
        guard described.names.count <= QuantizationFields.groupsMax else {
            throw fields.wrong(
                "it has \(described.names.count) groups, more than "
                    + "\(QuantizationFields.groupsMax)")
        }
        var groups: [Group] = []
        var patternBytes = 0
        for name in described.names {
            guard let group = try described.fields(name) else {
                throw fields.wrong("config_groups.\(name.prefix(200)) is null")
            }
            groups.append(try Self.group(group, format: format))
            patternBytes += groups[groups.count - 1].list.patternBytes
            guard patternBytes <= LayerTargets.patternBytesMax else {
                throw fields.wrong("its patterns are longer than can be kept")
            }
        }
        self.init(
            groups: groups,
            ignored: try LayerTargets(try fields.texts("ignore"), file: file),
            version: try fields.text("version"), file: file)
    }

    private static func group(
        _ fields: QuantizationFields, format: String?
    ) throws(CheckpointError) -> Group {
        let own = try fields.text("format") ?? format
        guard own == PackQuantized.name else {
            throw fields.wrong(
                "a group's format is “\(own ?? "missing")”; pack-quantized can be read")
        }
        for activations in ["input_activations", "output_activations"] {
            try fields.refuse(activations, because: "rounded activations are not computed here")
        }
        let targets = try fields.texts("targets")
        guard !targets.isEmpty, let weights = try fields.fields("weights") else {
            throw fields.wrong("a group has no targets or no weights")
        }
        return Group(
            scheme: try scheme(weights), list: try LayerTargets(targets, file: fields.file))
    }

    private static func scheme(
        _ weights: QuantizationFields
    ) throws(CheckpointError) -> QuantizationScheme {
        guard try (weights.text("type") ?? "int").lowercased() == "int" else {
            throw weights.wrong("its weights are no integers")
        }
        if let dynamic = weights.value("dynamic"), dynamic != .boolean(false) {
            throw weights.wrong("its weights are quantised as they are used")
        }
        // The library's own defaults: 8 bits, symmetric.
        let bits = try weights.bits("num_bits") ?? 8
        let isSymmetric = try weights.flag("symmetric") ?? true
        let size = try weights.groupSize("group_size") ?? nil
        let strategy = try weights.text("strategy")?.lowercased()
        switch strategy ?? (size == nil ? "channel" : "group") {
        case "group" where size != nil: break
        case "channel" where size == nil: break
        case "tensor" where size == nil && isSymmetric: break
        case let other:
            throw weights.wrong(
                "the strategy “\(other)” with a group size of "
                    + "\(size.map(String.init) ?? "none") cannot be read")
        }
        return QuantizationScheme(
            bits: bits, groupSize: size, isSymmetric: isSymmetric,
            activationOrder: try activationOrder(weights))
    }

    private static func activationOrder(
        _ weights: QuantizationFields
    ) throws(CheckpointError) -> QuantizationScheme.ActivationOrder {
        switch weights.value("actorder") {
        case nil, .boolean(false): return .none
        case .boolean(true): return .group
        case .string(let word):
            switch word.lowercased() {
            case "weight", "static": return .weight
            case "group", "dynamic": return .group
            default: throw weights.wrong("the actorder “\(word.prefix(40))” is unknown")
            }
        case .some(let value): throw weights.wrong("actorder is \(value.kind)")
        }
    }
}
