import Domain

/// Second attempts of stragglers near the end of a stage, on another host: the first valid
/// result wins and the other attempt is cancelled.
extension Scheduler {
    /// Looks for leased tasks that take suspiciously long.
    mutating func findStragglers() {
        stragglers = []
        guard policy.speculates else { return }
        var found: [(since: Moment, task: Int)] = []
        for task in leased where isStraggler(task) {
            if let lease = tasks[task].leases.first { found.append((lease.since, task)) }
        }
        found.sort { ($0.since, tasks[$0.task].id) < ($1.since, tasks[$1.task].id) }
        stragglers = found.map(\.task)
    }

    private func isStraggler(_ task: Int) -> Bool {
        guard tasks[task].state == .leased, tasks[task].leases.count == 1,
            let lease = tasks[task].leases.first, lease.acceptBy == nil, !lease.isVerification
        else { return false }
        let job = jobs[tasks[task].job]
        let stage = tasks[task].description.stage
        guard let counts = job.counts[stage], counts.total > 1 else { return false }
        // As in Spark the part is rounded down, so that stages of a few tasks have stragglers.
        let needed = Int(Double(counts.total) * policy.speculationDoneFraction)
        let extra = Int(Double(counts.total) * policy.speculationExtraFraction)
        guard counts.done >= max(1, needed), job.speculated[stage] ?? 0 < max(1, extra),
            let quartile = job.costs[tasks[task].description.kind]?.thirdQuartile(
                flops: tasks[task].description.cost.flops)
        else { return false }
        let passed = Double(now.milliseconds - lease.since.milliseconds)
        return passed > policy.speculationFactor * quartile * 1_000
            && passed > Double(policy.speculationFloorMilliseconds)
    }

    /// The straggler that an idle worker gets a second attempt of, if any suits it.
    func chooseStraggler(for worker: Int) -> Int? {
        stragglers.first { task in
            isStraggler(task) && suits(worker, task) && mayEndangerAnother(task)
                && tasks[task].inputs.allSatisfy { isReachable($0) }
                && tasks[task].leases.allSatisfy { lease in
                    workerIndices[lease.token.worker].map { workers[$0].host }
                        != workers[worker].host
                }
        }
    }
}
