public import Domain
public import Methods

/// What to do to which layers, and with which calibration data.
public struct Recipe: Hashable, Sendable, Codable {
    /// Where the inputs of a layer come from while it is compressed.
    public enum Inputs: String, Sendable, Codable, CaseIterable {
        /// One forward pass; every group of linears is solved on compressed inputs as soon as
        /// they are complete and applied at once.
        case sequential
        /// As GPTQ (arXiv:2210.17323) and SparseGPT (arXiv:2301.00774) publish it: Grams of the
        /// uncompressed block on inputs from the compressed prefix, then a second pass.
        case block
        /// All Grams from one pass of the uncompressed model; layers are independent.
        case dense
    }

    /// How hidden states are stored between tasks.
    public enum States: String, Sendable, Codable, CaseIterable {
        /// As they are computed.
        case float32
        /// Rounded to nearest, ties to even: half the bytes to write, hash and move.
        case bfloat16
    }

    /// The data that layers are compressed for; nil when no method needs any.
    public let calibration: CalibrationOptions?
    /// Where layers' inputs come from. The default is sequential.
    public let inputs: Inputs
    /// How hidden states are stored between tasks. The default is float32.
    public let states: States
    /// What to do; each layer is taken by at most one step.
    public let steps: [RecipeStep]
    /// The formats to write; nil, which older recipes have, is dense alone.
    public let formats: [OutputFormat]?

    /// The formats to write, each once: dense when the recipe names none.
    public var outputFormats: [OutputFormat] {
        var list: [OutputFormat] = []
        for format in formats ?? [] where !list.contains(format) { list.append(format) }
        return list.isEmpty ? [.dense] : list
    }

    /// A recipe from its parts.
    public init(
        calibration: CalibrationOptions?, inputs: Inputs, states: States = .float32,
        steps: [RecipeStep], formats: [OutputFormat]? = nil
    ) {
        self.formats = formats
        self.calibration = calibration
        self.inputs = inputs
        self.states = states
        self.steps = steps
    }
}

extension Recipe {
    /// The same recipe with other formats.
    public func writing(_ formats: [OutputFormat]) -> Recipe {
        Recipe(
            calibration: calibration, inputs: inputs, states: states, steps: steps,
            formats: formats)
    }
}

/// Which data calibrates.
public struct CalibrationOptions: Hashable, Sendable, Codable {
    /// What kind of file.
    public enum Source: Hashable, Sendable, Codable {
        /// A UTF-8 text file, tokenised with the model's tokenizer.
        case text(String)
        /// Token ids in a `.npy` or `.safetensors` file.
        case tokens(String)

        /// The file's path as the recipe gives it.
        public var path: String {
            switch self {
            case .text(let path), .tokens(let path): path
            }
        }
    }

    /// The file.
    public let source: Source
    /// Windows to calibrate on. The default is 128.
    public let samples: Int
    /// Tokens per window. The default is 512.
    public let length: Int
    /// Windows in a shuffled order of this seed; nil takes the first ones of the text.
    public let seed: UInt64?
    /// Further windows on which errors are measured. The default is a sixteenth of `samples`.
    public let heldOut: Int
    /// How many times the first token of each window counts in the Grams that layers are solved
    /// with, 1 to 65,536; nil is once. Errors on held-out windows count it once.
    ///
    /// Where the first token is an attention sink (arXiv 2309.17453), all others attend to it, and
    /// an error of its keys spreads to them; the sum over tokens does not know that. Weighting
    /// tokens by their importance is of RSQ (arXiv 2503.01820).
    public let firstTokenWeight: Double?

    /// Options from their parts.
    public init(
        source: Source, samples: Int, length: Int, seed: UInt64?, heldOut: Int,
        firstTokenWeight: Double? = nil
    ) {
        self.firstTokenWeight = firstTokenWeight
        self.source = source
        self.samples = samples
        self.length = length
        self.seed = seed
        self.heldOut = heldOut
    }
}

/// One method for a set of layers.
public struct RecipeStep: Hashable, Sendable, Codable {
    /// What to do.
    public let method: CompressionMethod
    /// Fraction of the mean of the Gram's diagonal added to it. The default is 0.01.
    public let damping: Double
    /// `Linear` for all linears of all blocks, names, name endings, or `re:` patterns.
    public let targets: [String]
    /// The same for layers to leave alone.
    public let ignore: [String]
    /// The recipe's line, for messages.
    public let line: Int

    /// A step from its parts.
    public init(
        method: CompressionMethod, damping: Double, targets: [String], ignore: [String], line: Int
    ) {
        self.method = method
        self.damping = damping
        self.targets = targets
        self.ignore = ignore
        self.line = line
    }
}
