import Domain

extension GPTQConfiguration {
    /// Reads `quantize_config.json`, or the object under `quantization_config`.
    ///
    /// - Throws: `CheckpointError.unsupportedQuantization` for other methods and formats, packed
    ///   types other than 32-bit integers, and for what the format does not allow.
    init(reading value: JSONValue, file: String) throws(CheckpointError) {
        let fields = try QuantizationFields(value, file: file)
        let method = try fields.text("quant_method")
        guard method ?? "gptq" == "gptq" else {
            throw fields.wrong("its quant_method is “\(method ?? "")” instead of “gptq”")
        }
        if let type = try fields.text("pack_dtype"), type != "int32" {
            throw fields.wrong("its pack_dtype is “\(type)”; int32 can be read")
        }
        guard let scheme = try Self.scheme(fields, default: nil) else {
            throw fields.wrong("its bits are missing")
        }
        self.init(
            scheme: scheme, checkpointFormat: try Self.checkpointFormat(fields),
            quantizesHead: try fields.flag("lm_head") ?? false,
            overrides: try Self.overrides(fields, scheme), file: file)
    }

    /// GPTQModel calls the field `checkpoint_format` or `format`; AutoGPTQ had version 1 only.
    private static func checkpointFormat(
        _ fields: QuantizationFields
    ) throws(CheckpointError) -> GPTQTensors.CheckpointFormat {
        let names = ["checkpoint_format", "format"]
        for name in names {
            guard let word = try fields.text(name) else { continue }
            guard let format = GPTQTensors.CheckpointFormat(rawValue: word) else {
                throw fields.wrong("its \(name) is “\(word)”; gptq and gptq_v2 can be read")
            }
            return format
        }
        return .v1
    }

    private static func scheme(
        _ fields: QuantizationFields, default standard: QuantizationScheme?
    ) throws(CheckpointError) -> QuantizationScheme? {
        guard let bits = try fields.bits("bits") ?? standard?.bits else { return nil }
        guard GPTQTensors.bitsAllowed.contains(bits) else {
            throw fields.wrong("the format has 2, 3, 4 or 8 bits, not \(bits)")
        }
        let size = try fields.groupSize("group_size") ?? standard?.groupSize
        let isSymmetric = try fields.flag("sym") ?? standard?.isSymmetric ?? true
        let isSorted = try fields.flag("desc_act").map { $0 ? Order.group : .none }
        return QuantizationScheme(
            bits: bits, groupSize: size, isSymmetric: isSymmetric,
            activationOrder: isSorted ?? standard?.activationOrder ?? .none)
    }

    private typealias Order = QuantizationScheme.ActivationOrder

    /// `dynamic`: patterns, "+:" or nothing before them to change layers, "-:" to leave them out.
    private static func overrides(
        _ fields: QuantizationFields, _ general: QuantizationScheme
    ) throws(CheckpointError) -> [Override] {
        guard let dynamic = try fields.fields("dynamic") else { return [] }
        guard dynamic.names.count <= QuantizationFields.patternsMax else {
            throw fields.wrong(
                "dynamic has \(dynamic.names.count) patterns, more than "
                    + "\(QuantizationFields.patternsMax)")
        }
        var overrides: [Override] = []
        var patternBytes = 0
        for name in dynamic.names {
            let isExcluding = name.hasPrefix("-:")
            let pattern = isExcluding || name.hasPrefix("+:") ? String(name.dropFirst(2)) : name
            patternBytes += pattern.utf8.count
            guard patternBytes <= LayerTargets.patternBytesMax else {
                throw fields.wrong("the patterns of dynamic are longer than can be kept")
            }
            let list = try LayerTargets(["re:" + pattern], file: fields.file)
            var scheme: QuantizationScheme?
            if !isExcluding {
                guard let changes = try dynamic.fields(name) else {
                    throw fields.wrong("a pattern of dynamic is null")
                }
                scheme = try Self.scheme(changes, default: general)
            }
            overrides.append(Override(list: list, scheme: scheme))
        }
        return overrides
    }
}
