import Domain

/// How long a task takes on a slot of speed 1.
///
/// By default every operation takes as long as every other. Calibrated, a task of a kind takes
/// a fixed time and a time for each operation, both fitted to a real run, times what the tasks
/// of its group took longer than that.
struct Rates: Sendable {
    /// What a kind of task takes.
    struct Kind: Sendable, Codable {
        /// Seconds, however little there is to do.
        var seconds: Double
        /// Operations a second beyond that; infinite where only the fixed time counts.
        var flopsPerSecond: Double
    }

    /// Operations a second of a slot, for kinds that were not measured.
    var flopsPerSecond: Double
    /// Seconds that every task takes beside its computation: asking, committing, starting.
    var overheadSeconds = 0.0
    /// Kinds that were measured.
    var kinds: [String: Kind] = [:]
    /// How much longer the tasks of a group take than their kind says.
    var corrections: [String: Double] = [:]

    /// Every operation alike.
    init(flopsPerSecond: Double) { self.flopsPerSecond = flopsPerSecond }

    /// Seconds of a task on a slot of speed 1.
    func seconds(of task: TaskDescription) -> Double {
        guard let kind = kinds[task.kind] else {
            return overheadSeconds + task.cost.flops / flopsPerSecond
        }
        let own = kind.seconds + task.cost.flops / kind.flopsPerSecond
        guard !corrections.isEmpty else { return overheadSeconds + own }
        return overheadSeconds + own * (corrections[task.name.group] ?? 1)
    }
}
