import Domain
import Foundation
import Reporting

/// A report for people.
enum ReportText {
    static func page(_ report: CompressionReport, folder: URL) -> String {
        var table = TextTable(["layer", "method", "error", "held out", "zeros", "bits"])
        let worst = report.layers.sorted {
            ($0.facts.heldOutError ?? $0.facts.error ?? 0)
                > ($1.facts.heldOutError ?? $1.facts.error ?? 0)
        }
        for layer in worst.prefix(8) {
            let facts = layer.facts
            table.add([
                facts.layer, facts.method, facts.error.map(Figures.significant) ?? "",
                facts.heldOutError.map(Figures.significant) ?? "",
                String(format: "%.1f %%", facts.sparsity * 100),
                facts.bitsPerWeight.map { String(format: "%.3f", $0) } ?? "",
            ])
        }
        let summary = report.summary
        var text = "\(summary.layers) layers, \(Figures.count(summary.weights)) weights"
        if let error = summary.meanError {
            text += "\nmean relative output error  \(Figures.significant(error))"
        }
        if let error = summary.meanHeldOutError {
            text += "\n  on held-out samples       \(Figures.significant(error))"
        }
        if let bits = summary.bitsPerWeight {
            text += String(format: "\nbits per weight when packed %.3f", bits)
        }
        text += String(format: "\nzeros                       %.2f %%", summary.sparsity * 100)
        text += "\n\nThe layers with the largest errors:\n" + table.text
        return text + "\n\nWritten: \(folder.path) (with spokeshave-report.json)"
    }
}
