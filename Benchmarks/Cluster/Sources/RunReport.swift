import Foundation

/// A run beside its bounds.
struct RunReport: Codable, Sendable {
    let cluster: Cluster
    let bound: LowerBound
    let outcome: RunOutcome

    /// How much longer the run takes than its lower bound, e.g. 0.1.
    var excess: Double { outcome.makespan / bound.seconds - 1 }

    /// One line of a table, under ``heading``.
    var line: String {
        let barriers = bound.barriers.map { Self.seconds($0) } ?? "-"
        return [
            pad("\(cluster.machines)", 8), pad(Self.plain(cluster.gigabits), 7),
            pad(Self.seconds(outcome.makespan), 11), pad(Self.seconds(bound.seconds), 11),
            pad(bound.name, 6), pad(Self.percent(excess, sign: true), 8), pad(barriers, 11),
            pad(Self.percent(outcome.utilisation), 6), pad(Self.bytes(outcome.moved), 10),
            pad(Self.bytes(outcome.coordinatorSent), 10),
            pad(Self.bytes(outcome.coordinatorReceived), 10),
        ].joined(separator: " ")
    }

    static let heading =
        "machines  Gbit/s  makespan s     bound s  which   excess  barriers s   used"
        + "      moved    coord↑    coord↓"

    /// Everything about one run.
    var page: String {
        var text = Self.heading + "\n" + line + "\n\n"
        text += "bounds, s: critical path \(Self.seconds(bound.criticalPath)), work / machines "
        text += "\(Self.seconds(bound.work)), bytes / bandwidth \(Self.seconds(bound.bytes))\n"
        let ends = outcome.otherEnds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        text += "tasks: \(outcome.tasks); further attempts: "
        text += (ends.isEmpty ? "none" : ends.joined(separator: ", ")) + "\n\n"
        text += Self.table(
            "The chain that the makespan consists of, seconds by stage:",
            outcome.chain.map {
                ($0, [$1.waiting, $1.fetching, $1.computing, $1.publishing])
            })
        text += Self.table(
            "Slots, seconds by stage:",
            outcome.stages.map {
                ($0, [0, $1.fetching, $1.computing, $1.publishing])
            })
        let fetched = outcome.fetched.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        text +=
            "fetched: "
            + fetched.map { "\($0.key) \(Self.bytes($0.value))" }
            .joined(separator: ", ") + "\n\n"
        text += "Machines: used, seconds fetching and publishing, received, sent\n"
        for (index, machine) in outcome.machines.enumerated() {
            text += pad("\(index)", 6) + pad(Self.percent(machine.utilisation), 8)
            text += pad(Self.seconds(machine.time.fetching), 11)
            text += pad(Self.seconds(machine.time.publishing), 11)
            text += pad(Self.bytes(machine.received), 11) + pad(Self.bytes(machine.sent), 11)
            text += "\n"
        }
        return text
    }

    private static func table(_ title: String, _ rows: [(String, [Double])]) -> String {
        var text = title + "\n"
        let names = ["waiting", "fetching", "computing", "publishing"]
        text += pad("", 12) + names.map { pad($0, 12) }.joined() + "\n"
        let sorted = rows.sorted { $0.1.reduce(0, +) > $1.1.reduce(0, +) }
        for (stage, values) in sorted {
            text += pad(stage, 12) + values.map { pad(seconds($0), 12) }.joined() + "\n"
        }
        return text + "\n"
    }

    private static func seconds(_ value: Double) -> String {
        String(format: value < 100 ? "%.2f" : "%.0f", value)
    }

    private static func plain(_ value: Double) -> String { String(format: "%g", value) }

    private static func percent(_ value: Double, sign: Bool = false) -> String {
        String(format: sign ? "%+.1f%%" : "%.0f%%", value * 100)
    }

    private static func bytes(_ count: Int) -> String {
        String(format: "%.1f GB", Double(count) / 1e9)
    }
}

/// Right-aligned text of a width; longer text stays as it is.
private func pad(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
