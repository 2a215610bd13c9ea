import Domain

/// Row numbers that were looked up: they stay true as long as nothing is deleted and everything
/// that was inserted with them is committed.
struct LedgerNumbers: Sendable {
    /// Tasks remembered at most; beyond, all are forgotten at once.
    private static let tasksMax = 65_536
    private static let labelsMax = 65_536

    var labels: [String: Int64] = [:]
    var jobs: [JobID: Int64] = [:]
    var tasks: [TaskID: Int64] = [:]

    mutating func remember(_ task: TaskID, _ row: Int64) {
        if tasks.count >= Self.tasksMax { tasks.removeAll(keepingCapacity: true) }
        tasks[task] = row
    }

    /// What may be kept for the next batch.
    consuming func bounded() -> LedgerNumbers {
        if labels.count > Self.labelsMax { labels = [:] }
        if jobs.count > Self.labelsMax { jobs = [:] }
        return self
    }
}
