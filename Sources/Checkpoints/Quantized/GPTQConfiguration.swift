public import Domain

/// `quantize_config.json` of a GPTQ checkpoint, which is its `quantization_config` as well.
public struct GPTQConfiguration: Sendable, Hashable {
    /// The usual name of the file.
    public static let fileName = "quantize_config.json"

    /// What one pattern of `dynamic` says of the layers that it matches.
    struct Override: Sendable, Hashable {
        let list: LayerTargets
        /// nil when the layers are not quantised.
        let scheme: QuantizationScheme?
    }

    /// The scheme of the layers that no override names.
    public let scheme: QuantizationScheme
    /// How zero codes are stored.
    public let checkpointFormat: GPTQTensors.CheckpointFormat
    /// Whether `lm_head` is quantised too.
    public let quantizesHead: Bool
    let overrides: [Override]
    private let file: String

    /// Describes a checkpoint that is to be written.
    ///
    /// The scheme of most layers is the general one; the others, and the layers that stay as they
    /// are, are named one by one under `dynamic`, which vLLM and GPTQModel read.
    /// - Parameters:
    ///   - schemes: the scheme of each quantised layer, by its name without `.weight`.
    ///   - ignore: the linear layers that stay as they are; `lm_head` need not be among them.
    ///   - checkpointFormat: how zero codes are stored.
    /// - Throws: `CheckpointError.unsupportedQuantization` when no layer is quantised, or more
    ///   than 4,096 layers differ from the others.
    public init(
        schemes: [String: QuantizationScheme], ignore: [String],
        checkpointFormat: GPTQTensors.CheckpointFormat
    ) throws(CheckpointError) {
        file = Self.fileName
        var counts: [QuantizationScheme: Int] = [:]
        for scheme in schemes.values { counts[scheme, default: 0] += 1 }
        let general = counts.max {
            ($0.value, $1.key.title) < ($1.value, $0.key.title)
        }
        guard let general else {
            throw .unsupportedQuantization(file: file, reason: "no layer is quantised")
        }
        scheme = general.key
        self.checkpointFormat = checkpointFormat
        quantizesHead = schemes["lm_head"] != nil
        let others: [(String, QuantizationScheme?)] =
            schemes.filter { $0.value != general.key }.map { ($0.key, $0.value) }
            + Set(ignore).subtracting(["lm_head"]).map { ($0, nil) }
        guard others.count <= QuantizationFields.patternsMax else {
            throw .unsupportedQuantization(
                file: file,
                reason: "\(others.count) layers would need patterns of their own, more than "
                    + "\(QuantizationFields.patternsMax); use fewer schemes")
        }
        var overrides: [Override] = []
        for (layer, scheme) in others.sorted(by: { $0.0.precedesBytewise($1.0) }) {
            let word = "re:^\(Self.escaped(layer))$"
            overrides.append(
                Override(list: try LayerTargets([word], file: file), scheme: scheme))
        }
        self.overrides = overrides
    }

    init(
        scheme: QuantizationScheme, checkpointFormat: GPTQTensors.CheckpointFormat,
        quantizesHead: Bool, overrides: [Override], file: String
    ) {
        (self.scheme, self.checkpointFormat) = (scheme, checkpointFormat)
        (self.quantizesHead, self.overrides, self.file) = (quantizesHead, overrides, file)
    }

    /// The scheme of a linear layer; nil when it is not quantised.
    ///
    /// - Throws: `CheckpointError.unsupportedQuantization` when overrides contradict each other,
    ///   or a pattern takes too long to match.
    public func scheme(of layer: String) throws(CheckpointError) -> QuantizationScheme? {
        var found: Override?
        var steps = TargetExpression.stepsMax
        for override in overrides
        where try override.list.match(layer, file: file, stepsLeft: &steps) != nil {
            // The order of patterns, by which loaders choose, does not outlive our JSON reader.
            if let found, found.scheme != override.scheme {
                throw .unsupportedQuantization(
                    file: file,
                    reason: "two patterns of dynamic match the layer '\(layer.prefix(200))' and "
                        + "ask for different schemes")
            }
            found = override
        }
        if let found { return found.scheme }
        return layer == "lm_head" && !quantizesHead ? nil : scheme
    }

    /// A `config.json` with this added as `quantization_config`, all else as it was to the byte.
    ///
    /// - Parameters:
    ///   - configuration: the file's bytes.
    ///   - dampingFraction: what was added to the Gram's diagonal; nil when nothing was.
    ///   - software: name and version of the program, "spokeshave:1.0".
    /// - Returns: the file's new bytes.
    /// - Throws: `CheckpointError` when the file is no JSON object, or has such a member already.
    public func inserted(
        into configuration: [UInt8], dampingFraction: Double?, software: String
    ) throws(CheckpointError) -> [UInt8] {
        try inserting(
            "quantization_config", json(dampingFraction, software), into: configuration,
            file: "config.json")
    }

    /// The bytes of `quantize_config.json`, with a line feed at the end; parameters as of
    /// ``inserted(into:dampingFraction:software:)``.
    public func encoded(dampingFraction: Double?, software: String) -> [UInt8] {
        Array((json(dampingFraction, software).text() + "\n").utf8)
    }

    private func json(_ dampingFraction: Double?, _ software: String) -> JSONText {
        var members = Self.members(scheme)
        // Some loaders refuse a null here.
        if let dampingFraction { members.append(("damp_percent", .number(dampingFraction))) }
        members += [
            ("static_groups", .boolean(scheme.activationOrder == .weight)),
            ("quant_method", .string("gptq")),
            ("checkpoint_format", .string(checkpointFormat.rawValue)),
            ("pack_dtype", .string("int32")),
            ("lm_head", .boolean(quantizesHead)),
            ("model_name_or_path", .null),
            ("model_file_base_name", .null),
            ("meta", .object([("quantizer", .array([.string(software)]))])),
        ]
        if !overrides.isEmpty {
            let entries = overrides.map { override -> (String, JSONText) in
                let pattern = override.list.words[0].dropFirst(3)
                guard let scheme = override.scheme else { return ("-:\(pattern)", .object([])) }
                return ("+:\(pattern)", .object(Self.members(scheme)))
            }
            members.append(("dynamic", .object(entries)))
        }
        return .object(members)
    }

    private static func members(_ scheme: QuantizationScheme) -> [(String, JSONText)] {
        [
            ("bits", .integer(scheme.bits)),
            ("group_size", .integer(scheme.groupSize ?? -1)),
            ("desc_act", .boolean(scheme.activationOrder == .group)),
            ("sym", .boolean(scheme.isSymmetric)),
        ]
    }

    /// A pattern for exactly this name.
    private static func escaped(_ name: String) -> String {
        String(name.flatMap { $0.isLetter || $0.isNumber || $0 == "_" ? [$0] : ["\\", $0] })
    }
}
