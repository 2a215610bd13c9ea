import Foundation

/// The model and the texts of `Examples`, and recipes small enough for tests.
enum Example {
    private static let folder = Program.repository.appendingPathComponent("Examples")
    static let modelFolder = folder.appendingPathComponent("tiny-llama")
    static var model: String { modelFolder.path }
    static let calibrationText = folder.appendingPathComponent("text/calibration.txt").path
    static let evaluationText = folder.appendingPathComponent("text/evaluation.txt").path

    /// A GPTQ recipe as YAML; the method stands in line 4.
    static func recipe(
        bits: Int = 4, samples: Int = 8, length: Int = 128, inputs: String = "sequential",
        text: String = calibrationText
    ) -> String {
        """
        calibration: { text: "\(text)", samples: \(samples), length: \(length), seed: 0 }
        inputs: \(inputs)
        steps:
          - gptq: { bits: \(bits), group_size: 128, damping: 0.01 }
            targets: ["Linear"]

        """
    }

    /// Three calibration shards: enough work to be in the midst of it.
    static let longRecipe = recipe(samples: 48, length: 512)
}
