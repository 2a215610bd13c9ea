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
        text += "\n\nWhere the time went:\n" + times(report.measured)
        return text + "\n\nWritten: \(folder.path) (with spokeshave-report.json)"
    }

    /// The groups of tasks that took longest, against the floor: sgemm at this machine's speed.
    private static func times(_ measured: CompressionReport.Measured) -> String {
        let rate = measured.sgemmFlopsPerSecond
        var table = TextTable(
            ["tasks", "number", "seconds", "GFLOP/s"] + (rate == nil ? [] : ["of floor"])
                + ["peak", "stated"])
        let longest = measured.groups.sorted {
            ($1.value.seconds, $0.key) < ($0.value.seconds, $1.key)
        }
        for (name, group) in longest.prefix(8) {
            let share = rate.map { [String(format: "%.0f %%", 100 * group.flopsPerSecond / $0)] }
            table.add(
                [
                    name, "\(group.tasks)", String(format: "%.2f", group.seconds),
                    String(format: "%.1f", group.flopsPerSecond / 1e9),
                ] + (share ?? [])
                    + [Figures.bytes(group.peakBytes), Figures.bytes(group.statedBytes)])
        }
        return table.text
    }
}
