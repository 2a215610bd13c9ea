import Domain

/// What a worker may fetch while it computes, for the task that it will probably get next.
///
/// It is advice: nobody counts on it, a task given to somebody else costs a transfer for nothing
/// and no more. The next task is the one for which the granted task is all that is missing (the
/// next block of the same shard), else the ready task that the worker would get if it had one
/// more slot.
extension Scheduler {
    /// Consumers of a task that are looked at.
    private static var consumersMax: Int { 16 }
    /// Inputs that are named at most.
    private static var inputsMax: Int { 64 }

    /// The inputs of the next task that the worker can fetch from elsewhere and has to.
    func inputsAhead(of task: Int, for worker: Int) -> [ResolvedInput] {
        // A task that reads nothing is followed by others of its kind.
        guard !tasks[task].inputs.isEmpty else { return [] }
        guard let next = follower(of: task) ?? chooseAhead(for: worker) else { return [] }
        let host = workers[worker].host
        let isNearCoordinator = coordinatorHost == workers[worker].description.host
        var ahead: [ResolvedInput] = []
        for (place, blob) in tasks[next].inputs.enumerated() where ahead.count < Self.inputsMax {
            guard blob >= 0, let digest = blobs[blob].digest,
                blobs[blob].holders[worker] == nil, blobs[blob].hosts[host] == nil,
                !(isNearCoordinator && blobs[blob].isDurable)
            else { continue }
            let holders = sources(of: blob, for: worker)
            guard blobs[blob].isDurable || !holders.isEmpty else { continue }
            ahead.append(
                ResolvedInput(
                    name: tasks[next].description.inputs[place].name,
                    blob: BlobReference(digest: digest, byteCount: blobs[blob].byteCount),
                    holders: holders, durable: blobs[blob].isDurable))
        }
        return ahead
    }

    /// The wanted task that waits for nothing but this one's outputs.
    private func follower(of task: Int) -> Int? {
        tasks[task].consumers.prefix(Self.consumersMax).filter { consumer in
            guard tasks[consumer].isWanted, tasks[consumer].result == nil,
                tasks[consumer].state != .failed
            else { return false }
            return zip(tasks[consumer].producers, tasks[consumer].inputs).allSatisfy {
                $0 == task || $1 >= 0
            }
        }.min {
            (tasks[$0].description.priority, tasks[$0].id.name)
                < (tasks[$1].description.priority, tasks[$1].id.name)
        }
    }
}
