/// How a compressed model is written; the raw values are what recipes and commands say.
public enum OutputFormat: String, Sendable, Codable, Hashable, CaseIterable {
    /// The original's tensors and element types: dequantised weights, zeros like other numbers.
    case dense
    /// Codes and scales in compressed-tensors' `pack-quantized`: transformers, vLLM, SGLang.
    case compressedTensors = "compressed-tensors"
    /// A GPTQ checkpoint of version 2: GPTQModel, recent vLLM and SGLang.
    case gptqV2 = "gptq_v2"
    /// A GPTQ checkpoint of version 1, which every loader of the format reads; it has no zero
    /// code of 0, so that a few weights of asymmetric grids may lose a step.
    case gptq

    /// Whether it keeps codes instead of weights.
    public var isQuantized: Bool { self != .dense }
}
