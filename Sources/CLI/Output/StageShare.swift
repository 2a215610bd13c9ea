import Foundation
import Planning
import Reporting

/// How a group of tasks that ran compares with what it stated and with the machine's floor.
struct StageShare: Encodable {
    /// The tasks, e.g. `block.*/to.1/*`.
    let tasks: String
    let count: Int
    /// Seconds of computing, of all of them together.
    let seconds: Double
    /// Floating-point operations a second, of one task at a time.
    let flopsPerSecond: Double
    /// The time that the operations take at the speed of this machine's sgemm, over `seconds`.
    let floorShare: Double
    /// What the largest task stated, in bytes.
    let statedBytes: Int
    /// The largest measured peak, in bytes.
    let peakBytes: Int

    /// The groups of a report, those that took longest first.
    static func list(_ plan: PlanEstimate, reportAt url: URL) throws -> [StageShare] {
        let report: CompressionReport
        do {
            report = try JSONDecoder().decode(
                CompressionReport.self, from: try Data(contentsOf: url))
        } catch {
            throw CommandFailure(
                .badInput, "\(url.path) cannot be read as a report of this version: \(error).")
        }
        return report.measured.groups.map { name, measured in
            StageShare(
                tasks: name, count: measured.tasks, seconds: measured.seconds,
                flopsPerSecond: measured.flopsPerSecond,
                floorShare: measured.flopsPerSecond / max(1, plan.flopsPerSecond),
                statedBytes: measured.statedBytes, peakBytes: measured.peakBytes)
        }.sorted { ($1.seconds, $0.tasks) < ($0.seconds, $1.tasks) }
    }

    static func table(_ stages: [StageShare]) -> String {
        var table = TextTable([
            "tasks", "number", "seconds", "GFLOP/s", "of floor", "peak", "stated",
        ])
        for stage in stages {
            table.add([
                stage.tasks, "\(stage.count)", String(format: "%.2f", stage.seconds),
                String(format: "%.1f", stage.flopsPerSecond / 1e9),
                String(format: "%.0f %%", 100 * stage.floorShare),
                Figures.bytes(stage.peakBytes), Figures.bytes(stage.statedBytes),
            ])
        }
        return table.text
    }
}
