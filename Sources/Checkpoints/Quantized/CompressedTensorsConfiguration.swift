public import Domain

/// `quantization_config` of a checkpoint in compressed-tensors' format `pack-quantized`.
public struct CompressedTensorsConfiguration: Sendable, Hashable {
    /// Layers of one scheme.
    public struct Group: Sendable, Hashable {
        /// Whole names, `re:` patterns, or `Linear` for all linear layers.
        public var targets: [String] { list.words }
        /// How the layers' weights are quantised.
        public let scheme: QuantizationScheme
        let list: LayerTargets
    }

    /// The groups, in the order of their names when read.
    public let groups: [Group]
    /// Whole names, `re:` patterns and classes of the layers that are not quantised.
    public var ignore: [String] { ignored.words }
    /// The version of compressed-tensors whose packing it is; nil when the file has none.
    public let version: String?
    private let ignored: LayerTargets
    private let file: String

    /// Describes a checkpoint that is to be written.
    ///
    /// One scheme gets the target `Linear`; several are told apart by the layers' whole names.
    /// - Parameters:
    ///   - schemes: the scheme of each quantised layer, by its name without `.weight`.
    ///   - ignore: every linear layer that stays as it is, routers and `lm_head` too, even a tied
    ///     one, which has no tensor: loaders would look for its codes.
    /// - Throws: `CheckpointError.unwritableLayer` for columns that carry a group index, and for
    ///   a layer that is in both lists; `unsupportedQuantization` when no layer is quantised.
    public init(
        schemes: [String: QuantizationScheme], ignore: [String]
    ) throws(CheckpointError) {
        file = "config.json"
        guard !schemes.isEmpty else {
            throw .unsupportedQuantization(file: file, reason: "no layer is quantised")
        }
        for layer in schemes.keys.sorted(by: { $0.precedesBytewise($1) }) {
            if schemes[layer]?.activationOrder == .group {
                throw .unwritableLayer(
                    layer: layer, format: PackQuantized.name,
                    reason: "its columns carry a group index, which loaders since 0.20 refuse; "
                        + "write the GPTQ format")
            }
            if ignore.contains(layer) {
                throw .unwritableLayer(
                    layer: layer, format: PackQuantized.name,
                    reason: "it is quantised and on the list of layers that are not")
            }
        }
        var layers: [QuantizationScheme: [String]] = [:]
        for (layer, scheme) in schemes { layers[scheme, default: []].append(layer) }
        let ordered = layers.map { ($0, $1.sorted { $0.precedesBytewise($1) }) }
            .sorted { $0.1[0].precedesBytewise($1.1[0]) }
        var groups: [Group] = []
        for (scheme, names) in ordered {
            let list = try LayerTargets(ordered.count == 1 ? ["Linear"] : names, file: file)
            groups.append(Group(scheme: scheme, list: list))
        }
        self.groups = groups
        let others = Set(ignore).sorted { $0.precedesBytewise($1) }
        ignored = try LayerTargets(others, file: file)
        // Widths that do not divide 32 are packed densely, which older versions do not read.
        let isOld = schemes.values.allSatisfy { 32.isMultiple(of: $0.bits) }
        version = isOld ? "0.12.2" : "0.17.0"
    }

    init(
        groups: [Group], ignored: LayerTargets, version: String?, file: String
    ) {
        (self.groups, self.ignored) = (groups, ignored)
        (self.version, self.file) = (version, file)
    }

    /// The scheme of a linear layer; nil when it is ignored or no group names it.
    ///
    /// A whole name wins over a pattern, a pattern over `Linear`.
    /// - Throws: `CheckpointError.unsupportedQuantization` when groups of different schemes name
    ///   the layer equally exactly, or a pattern takes too long to match.
    public func scheme(of layer: String) throws(CheckpointError) -> QuantizationScheme? {
        var steps = TargetExpression.stepsMax
        if try ignored.match(layer, file: file, stepsLeft: &steps) != nil { return nil }
        var best: (match: LayerTargets.Match, scheme: QuantizationScheme)?
        for group in groups {
            guard let match = try group.list.match(layer, file: file, stepsLeft: &steps) else {
                continue
            }
            if let found = best, found.match == match, found.scheme != group.scheme {
                throw .unsupportedQuantization(
                    file: file,
                    reason: "two of its groups name the layer '\(layer.prefix(200))' and ask for "
                        + "different schemes")
            }
            if best.map({ $0.match < match }) ?? true { best = (match, group.scheme) }
        }
        return best?.scheme
    }

    /// A `config.json` with this added as `quantization_config`, all else as it was to the byte.
    ///
    /// - Parameter configuration: the file's bytes.
    /// - Returns: the file's new bytes.
    /// - Throws: `CheckpointError` when the file is no JSON object, or has such a member already.
    public func inserted(into configuration: [UInt8]) throws(CheckpointError) -> [UInt8] {
        try inserting("quantization_config", json, into: configuration, file: file)
    }

    /// What the reference library writes and all its versions read; it refuses unknown keys.
    private var json: JSONText {
        let groups = groups.enumerated().map { index, group in
            let scheme: [(String, JSONText)] = [
                ("targets", .array(group.targets.map { .string($0) })),
                ("weights", Self.weights(group.scheme)),
                ("input_activations", .null),
                ("output_activations", .null),
            ]
            return ("group_\(index)", JSONText.object(scheme))
        }
        return .object([
            ("quant_method", .string("compressed-tensors")),
            ("format", .string(PackQuantized.name)),
            ("quantization_status", .string("compressed")),
            ("global_compression_ratio", .null),
            ("kv_cache_scheme", .null),
            ("ignore", .array(ignore.map { .string($0) })),
            ("config_groups", .object(groups)),
            ("version", version.map { .string($0) } ?? .null),
        ])
    }

    private static func weights(_ scheme: QuantizationScheme) -> JSONText {
        .object([
            ("num_bits", .integer(scheme.bits)),
            ("type", .string("int")),
            ("symmetric", .boolean(scheme.isSymmetric)),
            ("strategy", .string(scheme.groupSize == nil ? "channel" : "group")),
            ("group_size", scheme.groupSize.map { .integer($0) } ?? .null),
            ("dynamic", .boolean(false)),
            (
                "actorder",
                scheme.activationOrder == .none ? .null : .string(scheme.activationOrder.rawValue)
            ),
            ("observer", .string("minmax")),
            ("observer_kwargs", .object([])),
            ("block_structure", .null),
        ])
    }
}
