import Domain
import Reporting

/// A job's status in words.
enum StatusText {
    /// One line: stage, layers, time left, worst layer.
    static func line(_ status: JobStatus) -> String {
        let total = status.stages.reduce(0) { $0 + $1.total }
        let done = status.stages.reduce(0) { $0 + $1.done }
        var parts: [String] = []
        let width = 24
        let filled = total == 0 ? 0 : done * width / total
        parts.append(
            "[" + String(repeating: "█", count: filled)
                + String(repeating: "·", count: width - filled) + "]")
        if let stage = status.stages.first(where: { $0.running > 0 }) { parts.append(stage.name) }
        if status.layersTotal > 0 {
            parts.append("layers \(status.layersDone)/\(status.layersTotal)")
        }
        parts.append("tasks \(done)/\(total)")
        if let seconds = status.remainingSeconds {
            parts.append("ETA \(Figures.duration(seconds))")
        }
        if let worst = status.worstLayer {
            parts.append("worst \(worst.layer) \(Figures.significant(worst.error))")
        }
        if let bytes = status.memoryBytesWanted {
            parts.append("WAITS for a worker with \(Figures.bytes(bytes)) of memory for each slot")
        }
        if status.retries > 0 { parts.append("retries \(status.retries)") }
        return parts.joined(separator: " · ")
    }

    /// A table of stages beneath a headline.
    static func page(_ status: JobStatus) -> String {
        var text = "\(status.job)  \(status.title)  \(status.phase.rawValue)"
        text += "  \(Figures.duration(status.elapsedSeconds))\n"
        if let reason = status.reason { text += "reason: \(reason)\n" }
        for alarm in status.alarms { text += "ALARM: \(alarm)\n" }
        var table = TextTable(["stage", "done", "total", "cached", "running"])
        for stage in status.stages {
            table.add([
                stage.name, "\(stage.done)", "\(stage.total)", "\(stage.cached)",
                "\(stage.running)",
            ])
        }
        text += table.text + "\n" + line(status)
        if status.recomputed > 0 { text += " · recomputed \(status.recomputed)" }
        return text
    }
}
