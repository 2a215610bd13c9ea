import Domain

extension Scheduler {
    /// Notes that a worker has a blob; one that nothing will read is to be deleted instead.
    mutating func addHolder(_ worker: Int, of blob: Int) {
        if blobs[blob].isReleasable, let digest = blobs[blob].digest {
            workers[worker].toRelease.insert(digest)
            return
        }
        let wasReachable = isReachable(blob)
        if blobs[blob].holders.updateValue(serial, forKey: worker) == nil {
            blobs[blob].hosts[workers[worker].host, default: 0] += 1
            workers[worker].held.insert(blob)
        }
        if !wasReachable, isReachable(blob) { reconsiderTasks(around: [blob]) }
    }

    mutating func removeHolder(_ worker: Int, of blob: Int) {
        guard blobs[blob].holders.removeValue(forKey: worker) != nil else { return }
        let wasReachable = isReachable(blob)
        let host = workers[worker].host
        let left = (blobs[blob].hosts[host] ?? 1) - 1
        blobs[blob].hosts[host] = left > 0 ? left : nil
        workers[worker].held.remove(blob)
        if wasReachable, !isReachable(blob) { reconsiderTasks(around: [blob]) }
        forgetIfUnused(blob)
    }

    mutating func setDurable(_ blob: Int) {
        guard !blobs[blob].isDurable else { return }
        let wasReachable = isReachable(blob)
        blobs[blob].isDurable = true
        if !wasReachable { reconsiderTasks(around: [blob]) }
        // A root may have waited for just this.
        toEvaluate.append(contentsOf: blobs[blob].makers.sorted())
    }

    /// The coordinator's store has these blobs; those that no task names are of no interest.
    mutating func keep(_ digests: [Digest]) {
        for digest in digests {
            if let blob = blobIndices[digest] { setDurable(blob) }
        }
    }

    /// The coordinator's store lost these blobs.
    mutating func lose(_ digests: [Digest]) {
        for digest in digests {
            guard let blob = blobIndices[digest], blobs[blob].isDurable else { continue }
            blobs[blob].isDurable = false
            if !isReachable(blob) { reconsiderTasks(around: [blob]) }
            for maker in blobs[blob].makers.sorted() { restoreRoot(maker) }
        }
    }

    /// Looks again at the tasks that read or give blobs whose bytes came or went.
    mutating func reconsiderTasks(around changed: some Sequence<Int>) {
        var affected: Set<Int> = []
        for blob in changed {
            affected.formUnion(blobs[blob].readers)
            for maker in blobs[blob].makers where tasks[maker].mustRun { affected.insert(maker) }
        }
        toEvaluate.append(contentsOf: affected.sorted())
    }

    /// Tells every holder to delete a transient blob once nothing will read it.
    mutating func releaseIfUnread(_ blob: Int) {
        guard blobs[blob].isReleasable, let digest = blobs[blob].digest else { return }
        for worker in blobs[blob].holders.keys {
            workers[worker].toRelease.insert(digest)
            removeHolder(worker, of: blob)
        }
    }
}
