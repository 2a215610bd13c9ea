import Domain

/// How tasks and workers find each other.
///
/// A worker that asks gets one of the *window*: the first 256 ready tasks that suit it, by
/// (job, priority, name), where the job with the fewest running tasks comes first and then the
/// one submitted first. Of the tasks with the first one's job and priority it gets the one for
/// which the fewest bytes move to it. A later task of the window is taken instead if it moves
/// strictly fewer bytes, but at most 8 times before the first one: so a shard's chain of tasks
/// stays where its input lives, and yet no reduction waits for ever behind local work. A worker
/// without local work takes (steals) what there is: it never idles while a task suits it, but for
/// a moment when the task is kept for a worker that has just reported and moves fewer bytes.
///
/// Bytes count in full, an eighth when a worker of the same host (or the coordinator on it) has
/// them, and not at all when the worker itself has them.
enum PlacementBounds {
    /// Tasks in the window.
    static let window = 256
    /// Ready tasks looked at to fill it; the others were unsuitable for the worker.
    static let looks = 4_096
    /// Inputs looked at; the window ends early for tasks of very many inputs.
    static let inputs = 4_096
    /// How often a first task may be passed over.
    static let passes = 8
    /// Parked workers looked at for a task, besides the holders of its inputs.
    static let parkedWorkers = 64
    /// Workers that have just reported and are looked at for a task; none if there are more.
    static let expectedWorkers = 64
    /// What a byte within the same host costs less.
    static let sameHostDivisor = 8
}

extension Scheduler {
    private struct Candidate {
        let task: Int
        let moved: Int
    }

    /// Open jobs: the one with the fewest running tasks first.
    func jobsInTurn() -> [Int] {
        guard openJobs.count > 1 else { return Array(openJobs) }
        // Keys first: a comparison that captured the scheduler would copy it each time.
        return openJobs.map { (jobs[$0].running, $0) }.sorted { $0 < $1 }.map(\.1)
    }

    /// The ready task that a worker gets, if any suits it.
    mutating func choose(for worker: Int) -> Int? {
        let window = self.window(for: worker)
        guard let first = window.first else { return nil }
        let job = tasks[first.task].job
        let priority = tasks[first.task].description.priority
        var earliest = first
        var cheapest = first
        for candidate in window {
            if candidate.moved < cheapest.moved { cheapest = candidate }
            if candidate.moved < earliest.moved, tasks[candidate.task].job == job,
                tasks[candidate.task].description.priority == priority
            {
                earliest = candidate
            }
        }
        if cheapest.moved < earliest.moved, tasks[first.task].passes < PlacementBounds.passes {
            tasks[first.task].passes += 1
            return cheapest.task
        }
        return earliest.task
    }

    /// The ready task that a worker would get if it had one more slot.
    func chooseAhead(for worker: Int) -> Int? {
        let window = self.window(for: worker, needsRoom: false)
        guard let first = window.first else { return nil }
        return window.prefix { isEqualInTurn($0, first) }.min { $0.moved < $1.moved }?.task
    }

    /// Whether neither comes before the other but by name.
    private func isEqualInTurn(_ left: Candidate, _ right: Candidate) -> Bool {
        tasks[left.task].job == tasks[right.task].job
            && tasks[left.task].description.priority == tasks[right.task].description.priority
    }

    /// The tasks among which ``choose(for:)`` chooses, in turn; it ends where the choice is clear.
    ///
    /// - Parameter needsRoom: whether the worker must have a free slot.
    private func window(for worker: Int, needsRoom: Bool = true) -> [Candidate] {
        var window: [Candidate] = []
        var looks = 0
        var inputs = 0
        for job in jobsInTurn() {
            for run in jobs[job].ready.runs {
                for entry in run {
                    looks += 1
                    guard window.count < PlacementBounds.window,
                        looks <= PlacementBounds.looks, inputs <= PlacementBounds.inputs
                    else { return window }
                    guard suits(worker, entry.task, needsRoom: needsRoom) else { continue }
                    inputs += tasks[entry.task].inputs.count
                    let candidate = Candidate(
                        task: entry.task, moved: moved(entry.task, to: worker))
                    window.append(candidate)
                    // Nothing further down can be preferred to it.
                    if candidate.moved == 0, isEqualInTurn(candidate, window[0]) { return window }
                }
            }
        }
        return window
    }

    /// The parked worker that gets a task which has just become ready.
    func chooseParked(for task: Int) -> Int? {
        var candidates: [Int] = []
        var seen: Set<Int> = []
        for request in parked.requests.prefix(PlacementBounds.parkedWorkers)
        where seen.insert(request.worker).inserted {
            candidates.append(request.worker)
        }
        var local: Set<Int> = []
        for blob in tasks[task].inputs.prefix(PlacementBounds.parkedWorkers)
        where blobs[blob].holders.count <= PlacementBounds.parkedWorkers {
            for holder in blobs[blob].holders.keys where parked.byWorker[holder] != nil {
                local.insert(holder)
            }
        }
        candidates += local.subtracting(seen).sorted { workers[$0].id < workers[$1].id }
        let suitable = candidates.filter { suits($0, task) }
        // Of those to which as little moves the quicker ones come first, then who waits longest.
        if let best = suitable.map({
            (worker: $0, moved: moved(task, to: $0), pace: workers[$0].pace.step)
        })
        .enumerated().min(by: {
            ($0.element.moved, $0.element.pace, $0.offset)
                < ($1.element.moved, $1.element.pace, $1.offset)
        }) {
            return best.element.worker
        }
        // None of the first few suits it: one further down may.
        for request in parked.requests.dropFirst(PlacementBounds.parkedWorkers)
        where seen.insert(request.worker).inserted && suits(request.worker, task) {
            return request.worker
        }
        return nil
    }

    /// How many bytes it costs to have a task's inputs on a worker.
    func moved(_ task: Int, to worker: Int) -> Int {
        let host = workers[worker].host
        let isNearCoordinator = coordinatorHost == workers[worker].description.host
        var sum = 0
        for blob in tasks[task].inputs where blobs[blob].holders[worker] == nil {
            let isNear =
                blobs[blob].hosts[host] != nil || (isNearCoordinator && blobs[blob].isDurable)
            let bytes = blobs[blob].byteCount
            sum += isNear ? bytes / PlacementBounds.sameHostDivisor : bytes
        }
        return sum
    }

    /// Whether a worker may run a task now: it is there with a free slot, has the memory, and is
    /// no worse a choice after the task's failures than others that are there. After a while
    /// of waiting for better ones it may run it all the same.
    func suits(_ worker: Int, _ task: Int, needsRoom: Bool = true) -> Bool {
        guard isOpen(worker), !needsRoom || hasRoom(worker), fitsMemory(worker, task)
        else { return false }
        return !waitsForBetter(worker, task)
    }

    /// Whether a troubled task still waits for a better choice than `worker`, and there is one.
    private func waitsForBetter(_ worker: Int, _ task: Int) -> Bool {
        guard tasks[task].isTroubled, let known = troubles[task] else { return false }
        let own = reluctance(worker, known)
        if own == 0 { return false }
        if let since = known.since, since + Int64(own) * policy.patienceMilliseconds <= now {
            return false
        }
        return workerIndices.values.contains { isBetter($0, than: own, known, task) }
    }

    private func isBetter(_ other: Int, than own: Int, _ known: TaskTroubles, _ task: Int) -> Bool {
        isOpen(other) && fitsMemory(other, task) && reluctance(other, known) < own
    }

    /// A worker that a troubled task waits for rather than going to `worker`; nil if it need not.
    func better(than worker: Int, for task: Int) -> Int? {
        guard waitsForBetter(worker, task), let known = troubles[task] else { return nil }
        let own = reluctance(worker, known)
        return workerIndices.values.filter { isBetter($0, than: own, known, task) }
            .min { workers[$0].id < workers[$1].id }
    }

    /// Whether fewer of a worker's slots are leased than it has.
    func hasRoom(_ worker: Int) -> Bool {
        workers[worker].leases.count < workers[worker].description.slots
    }

    func isOpen(_ worker: Int) -> Bool {
        workers[worker].presence == .connected && !workers[worker].isDraining
    }

    func fitsMemory(_ worker: Int, _ task: Int) -> Bool {
        memoryNeeded(by: task) <= workers[worker].description.memoryBytesPerSlot
    }

    /// What a slot must have for a task, in bytes: more than where it ran out of memory.
    func memoryNeeded(by task: Int) -> Int {
        let stated = tasks[task].description.cost.memoryBytesMax
        guard tasks[task].isTroubled, let bytes = troubles[task]?.tooSmallBytes else {
            return stated
        }
        return max(stated, bytes == .max ? bytes : bytes + 1)
    }

    func reluctance(_ worker: Int, _ troubles: TaskTroubles) -> Int {
        troubles.reluctance(of: workers[worker].id, on: workers[worker].host)
    }
}
