import Domain

extension Scheduler {
    /// Lets everything expire whose time has come.
    mutating func tick() {
        if let end = graceEnd, end <= now {
            graceEnd = nil
            for job in openJobs {
                for task in jobs[job].tasks where tasks[task].state == .blocked {
                    toEvaluate.append(task)
                }
            }
        }
        for id in workerIndices.keys.sorted() {
            guard let worker = workerIndices[id] else { continue }
            loseIfSilent(worker)
        }
        for task in inOrder(leased) {
            if let lease = tasks[task].lease, lease.expires < now {
                loseLease(of: task, because: "the worker did not renew the lease in time")
            }
        }
        let moment = now
        declineParked { $0.since + Limits.pollMilliseconds <= moment }
    }

    private mutating func loseIfSilent(_ worker: Int) {
        switch workers[worker].presence {
        case .connected:
            if workers[worker].lastBeat + Limits.leaseMilliseconds < now {
                lose(worker, because: "the worker fell silent")
            }
        case .away:
            if workers[worker].awaySince + Limits.reconnectMilliseconds < now {
                lose(worker, because: "the worker's connection broke and did not come back")
            }
        case .lost: break
        }
    }
}
