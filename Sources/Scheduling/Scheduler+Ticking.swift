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
        for task in inOrder(leased) { expireLeases(of: task) }
        while let entry = delayed.takeDue(at: now) {
            // The number may belong to another task by now.
            guard tasks[entry.task].id == entry.id, let moment = tasks[entry.task].notBefore,
                moment <= now
            else { continue }
            tasks[entry.task].notBefore = nil
            toEvaluate.append(entry.task)
        }
        giveUpHungryTasks()
        reconsiderTroubledWorkers()
        skipVerifications()
        findStragglers()
        let moment = now
        declineParked { $0.since + Limits.pollMilliseconds <= moment }
    }

    private mutating func expireLeases(of task: Int) {
        for lease in tasks[task].leases {
            if let moment = lease.acceptBy, moment < now {
                loseUnaccepted(task, lease)
            } else if lease.expires < now {
                // After a restart a worker that never comes back may have died.
                let isKnown = workerIndices[lease.token.worker] != nil
                let text = "the worker did not renew the lease in time"
                loseLease(
                    of: task,
                    lease.token,
                    because: text,
                    isKnown ? .forgetful : .perhapsTask
                )
            }
        }
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
