import Foundation
import Linalg
import Models
import Testing

/// A head of any size whose tensors come from a seed instead of a file.
private struct SeededTensors: TensorProvider {
    let hiddenSize: Int

    func matrix(named name: String) throws -> Matrix { seeded(0..<1) }

    func matrix(named name: String, rows: Range<Int>) throws -> Matrix { seeded(rows) }

    private func seeded(_ rows: Range<Int>) -> Matrix {
        var matrix = Matrix(rows: rows.count, columns: hiddenSize)
        for row in rows {
            for column in 0..<hiddenSize {
                let mixed = (row &* 7_919 &+ column &* 104_729 &+ 13) % 1_009
                matrix[row - rows.lowerBound, column] = Float(mixed) / 1_009 - 0.4
            }
        }
        return matrix
    }
}

@Suite struct `The head of a model` {
    private func head(vocabulary: Int, hidden: Int) throws -> any ModelHead {
        let text = """
            {"model_type": "llama", "hidden_size": \(hidden), "intermediate_size": 8,
             "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": \(vocabulary)}
            """
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: Array(text.utf8)
        )
        return try architecture.makeHead(tensors: SeededTensors(hiddenSize: hidden))
    }

    private func hidden(rows: Int, columns: Int) -> Matrix {
        var hidden = Matrix(rows: rows, columns: columns)
        for row in 0..<rows {
            for column in 0..<columns {
                hidden[row, column] = Float((row &* 31 &+ column &* 17) % 23) - 11
            }
        }
        return hidden
    }

    /// One tile, exactly one, one and a bit, and several: the log-sum must not notice.
    @Test(arguments: [1, 100, 4_096, 4_097, 9_000])
    func `gives the log-softmax of its logits`(vocabulary: Int) throws {
        let head = try head(vocabulary: vocabulary, hidden: 16)
        let hidden = hidden(rows: 5, columns: 16)
        let targets = [0, 1, vocabulary / 2, vocabulary - 1, 4_096].map {
            Int32($0 % vocabulary)
        }
        let losses = try head.negativeLogLikelihoods(hidden: hidden, targets: targets)
        let logits = try head.logits(hidden: hidden)
        #expect(logits.columns == vocabulary)
        for row in 0..<5 {
            let all = (0..<vocabulary).map { Double(logits[row, $0]) }
            let largest = try #require(all.max())
            let sum = all.reduce(0) { $0 + exp($1 - largest) }
            let expected = largest + log(sum) - all[Int(targets[row])]
            // The exponentials are Float32; their sum and everything behind it Float64.
            #expect(abs(losses[row] - expected) < 1e-6 * max(1, abs(largest)))
        }
    }

    @Test(arguments: ["gqa-untied", "mha-tied"])
    func `agrees with the logits of transformers`(variant: String) throws {
        let model = try SampleModel(fixture: variant)
        let head = try model.architecture.makeHead(tensors: model.tensors)
        let targets = Array(model.tokens.dropFirst()) + [0]
        let losses = try head.negativeLogLikelihoods(
            hidden: try model.hidden(),
            targets: targets
        )
        let expected = Linalg.negativeLogLikelihoods(
            logits: try model.expectedLogits(),
            targets: targets.span
        )
        for (found, wanted) in zip(losses, expected) {
            #expect(abs(found - wanted) < 1e-4 * max(1, abs(wanted)))
        }
    }

    @Test func `refuses what does not fit`() throws {
        let head = try head(vocabulary: 10, hidden: 16)
        let hidden = hidden(rows: 2, columns: 16)
        let narrow = Matrix(rows: 2, columns: 15)
        for targets: [Int32] in [[0], [0, 1, 2], [0, 10], [-1, 0]] {
            #expect(throws: ModelError.self) {
                _ = try head.negativeLogLikelihoods(hidden: hidden, targets: targets)
            }
        }
        #expect(throws: ModelError.self) {
            _ = try head.negativeLogLikelihoods(hidden: narrow, targets: [0, 1])
        }
        #expect(throws: ModelError.self) { _ = try head.logits(hidden: narrow) }
    }
}
