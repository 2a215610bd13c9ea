import Checkpoints
import Domain
import Methods
import Models

/// What the layers of a job become in the formats that its recipe asks for.
struct FormatPlan: Sendable {
    /// What is written, in the order of the recipe.
    let formats: [OutputFormat]
    private let layers: LayerPlan

    /// Those that keep codes.
    var quantized: [OutputFormat] { formats.filter(\.isQuantized) }

    /// Checks that the formats can hold what the recipe makes of the model.
    init(recipe: Recipe, layers: LayerPlan, factory: TaskFactory) throws {
        formats = recipe.outputFormats
        self.layers = layers
        guard let first = quantized.first else { return }
        var schemes: [String: QuantizationScheme?] = [:]
        for layer in Self.linears(of: factory.architecture) {
            schemes[layer.name] = .some(scheme(of: layer))
            for format in quantized where scheme(of: layer) != nil {
                _ = try forms(of: layer, weight: factory.form(layer.weight), in: format)
            }
        }
        guard schemes.values.contains(where: { $0 != nil }) else {
            throw PlanningError.mismatch(
                problem: "No step of the recipe quantises a layer, so there are no codes for the "
                    + "format \(first.rawValue): write dense, where zeros are stored like other "
                    + "numbers.")
        }
        if let problem = FusedSets.problems(schemes).first {
            throw PlanningError.mismatch(problem: "The format \(first.rawValue): \(problem)")
        }
    }

    static func linears(of architecture: any Architecture) -> [LinearLayer] {
        (0..<architecture.blockCount).flatMap { block in
            architecture.linearGroups(inBlock: block).flatMap(\.linears)
        }
    }

    /// How scales are stored: GPTQ knows F16 only; else the type of the layer's weight, in which
    /// engines compute. One type for all formats of a job, since codes are chosen for it.
    func scaleType(of weight: TensorForm) -> String? {
        guard !quantized.isEmpty else { return nil }
        let isAlone = quantized.allSatisfy { $0 == .compressedTensors }
        return isAlone ? weight.elementType : QuantizationOptions.ScaleType.float16.rawValue
    }

    /// The method of a layer, with scales that the formats can hold.
    func method(_ method: CompressionMethod, weight: TensorForm) -> CompressionMethod {
        // Scales in F32 are stored as they are computed.
        let name = scaleType(of: weight) ?? ""
        guard let type = QuantizationOptions.ScaleType(rawValue: name) else { return method }
        switch method {
        case .roundToNearest(var options):
            options.scaleType = type
            return .roundToNearest(options)
        case .gptq(var options):
            options.scaleType = type
            return .gptq(options)
        case .magnitude, .wanda, .sparseGPT: return method
        }
    }

    /// The scheme of a layer; nil when it is not quantised.
    func scheme(of layer: LinearLayer) -> QuantizationScheme? {
        layers.assignments[layer.name]?.method.scheme(inputs: layer.inputs)
    }

    /// The tensors that stand for a quantised layer's weight.
    ///
    /// - Throws: `PlanningError.mismatch` when the format cannot hold the layer.
    func forms(
        of layer: LinearLayer, weight: TensorForm, in format: OutputFormat
    ) throws -> [TensorForm] {
        guard let scheme = scheme(of: layer), let type = scaleType(of: weight) else {
            return [weight]
        }
        guard !layer.isStoredByInputs else {
            throw PlanningError.mismatch(
                problem: "\(layer.name) is stored by inputs (a Conv1D), of which loaders know no "
                    + "codes: write dense, or leave it out of the recipe.")
        }
        do {
            return try QuantizedForms.forms(
                of: layer.name, outputs: layer.outputs, inputs: layer.inputs, scheme: scheme,
                scaleType: type, in: format)
        } catch {
            throw PlanningError.mismatch(problem: "\(error)")
        }
    }

    /// What the codes of a layer are for; nil when the job writes none.
    func codes(of layer: LinearLayer, weight: TensorForm) -> CodeOutputs? {
        guard let type = scaleType(of: weight), let scheme = scheme(of: layer) else { return nil }
        return CodeOutputs(formats: quantized, scheme: scheme, scaleType: type)
    }

    /// The names of a layer's outputs that hold its codes.
    func outputs(of layer: LinearLayer, weight: TensorForm) throws -> [String] {
        guard scheme(of: layer) != nil else { return [] }
        return try quantized.flatMap { format in
            try forms(of: layer, weight: weight, in: format).map {
                TaskNames.code($0.name, in: format)
            }
        }
    }
}

extension CompressionMethod {
    /// How the method quantises a layer; nil for pruning methods.
    func scheme(inputs: Int) -> QuantizationScheme? {
        switch self {
        case .roundToNearest(let options), .gptq(let options):
            let order: QuantizationScheme.ActivationOrder =
                switch options.actOrder {
                case .none: .none
                case .static: .weight
                case .dynamic: options.groupCount(inputs: inputs) > 1 ? .group : .none
                }
            return QuantizationScheme(
                bits: options.bits,
                groupSize: options.groupCount(inputs: inputs) > 1 ? options.groupSize : nil,
                isSymmetric: options.symmetric, activationOrder: order)
        case .magnitude, .wanda, .sparseGPT: return nil
        }
    }
}
