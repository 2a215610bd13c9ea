import Domain
import Linalg
import Models
import Tasks

/// A Llama of two blocks with random weights, or a mixture of experts of the same sizes.
struct TinyLlama: TensorProvider {
    static let hidden = 32
    static let vocabulary = 64
    static let configuration = """
        {"model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "vocab_size": 64,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 10000,
         "hidden_act": "silu", "tie_word_embeddings": true}
        """

    static let mixture = """
        {"model_type": "mixtral", "hidden_size": 32, "intermediate_size": 24, "vocab_size": 64,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "num_local_experts": 3, "max_position_embeddings": 128, "rms_norm_eps": 1e-5}
        """

    let configuration: String
    let architecture: any Architecture
    var tensors: [String: (shape: [Int], numbers: [Float])] = [:]

    init(seed: UInt64 = 1, configuration: String = Self.configuration) throws {
        self.configuration = configuration
        architecture = try ArchitectureCatalogue.architecture(
            configuration: Array(configuration.utf8))
        var generator = SplitMix64(seed: seed)
        for (name, shape) in architecture.expectedTensors() {
            let isNorm = shape.count == 1
            let scale: Float = isNorm ? 0.1 : 0.2
            let numbers = (0..<shape.reduce(1, *)).map { _ in
                randomNumber(&generator) * scale + (isNorm ? 1 : 0)
            }
            tensors[name] = (shape, numbers)
        }
    }

    func matrix(named name: String) throws -> Matrix {
        guard let tensor = tensors[name] else { throw TaskError.missingInput(name) }
        let rows = tensor.shape.count == 2 ? tensor.shape[0] : 1
        return Matrix(
            rows: rows, columns: tensor.shape.last ?? 0, copying: tensor.numbers.span)
    }

    func matrix(named name: String, rows: Range<Int>) throws -> Matrix {
        try matrix(named: name).copy(rows: rows)
    }

    func form(_ name: String) -> TensorForm {
        TensorForm(name: name, elementType: "F32", shape: tensors[name]?.shape ?? [])
    }

    /// Tensors as a task's parameters and inputs.
    func given(
        _ names: [String], on bench: TaskBench
    ) throws -> (forms: [TensorForm], inputs: [String: BlobReference]) {
        var inputs = ["configuration": try bench.keep(Array(configuration.utf8))]
        for name in names {
            inputs[TaskNames.tensor(name)] = try bench.keep(tensors[name]?.numbers ?? [])
        }
        return (names.map(form), inputs)
    }
}
