import Domain

/// How often a task may fail, and in which way, before its job fails.
///
/// Each class has its own answer. A lost host costs nothing, but a task that was running when
/// several hosts died or crashed is quarantined. Out of memory asks for a larger worker, a lost
/// input for its producer, a time-out for twice the time; what fails the same everywhere is
/// confirmed once on another host.
enum RetryBounds {
    /// Crashes and unusable results on fewer hosts than quarantine takes.
    static let crashes = 3
    /// Failures of workers' surroundings altogether.
    static let environment = 8
    /// Attempts that ran out of their time; the last one had twice as much.
    static let timeouts = 2
    /// Attempts that found an input's bytes gone.
    static let lostInputs = 32
    /// Attempts that a living worker knows nothing of.
    static let forgotten = 32
    /// Runs that should have made lost bytes again and gave others.
    static let mismatches = 3
}

extension Scheduler {
    mutating func fail(_ token: LeaseToken, _ failure: TaskFailure) -> CompletionAnswer {
        guard let task = taskIndices[token.task], tasks[task].wasGranted(token),
            jobs[tasks[task].job].phase == .running
        else { return .superseded }
        let isFresh = tasks[task].closedAttempts.insert(token.attempt).inserted
        guard let lease = tasks[task].lease(of: token) else {
            return isFresh ? .superseded : .duplicate
        }
        if failure.failureClass == .lostWorker {
            // The worker says so itself, so it lives: it hands the task back.
            endLease(of: task, token, .lost, TaskFailure(.cancelled, failure.text))
            return .accepted
        }
        endLease(of: task, token, .failed, failure)
        if let worker = workerIndices[token.worker] { workers[worker].failed += 1 }
        if tasks[task].state == .done {
            failVerification(of: task, lease, failure)
        } else {
            count(failure, of: task, lease)
        }
        return .accepted
    }

    private mutating func count(_ failure: TaskFailure, of task: Int, _ lease: Lease) {
        let token = lease.token
        switch failure.failureClass {
        case .lostWorker, .cancelled: return
        case .lostInput:
            countLostInput(of: task, lease, failure)
            return
        case .outOfMemory:
            noteShortage(of: task, on: token)
            return
        case .timeout:
            let passed = now.milliseconds - lease.since.milliseconds
            mark(task, token, failure.failureClass)
            troubles[task]?.timedOutMilliseconds = passed
        case .crashed, .deterministic, .environment: mark(task, token, failure.failureClass)
        }
        let isOver = judge(task, token, failure)
        noteFailure(of: task, on: token, failure.failureClass)
        if !isOver, failure.failureClass == .environment { delay(task) }
    }

    /// Gives a task up that has failed often enough; returns whether it did.
    private mutating func judge(
        _ task: Int,
        _ token: LeaseToken,
        _ failure: TaskFailure
    ) -> Bool {
        guard let known = troubles[task] else { return false }
        let text = failure.text
        switch failure.failureClass {
        case .crashed where quarantineIfPoisonous(task): return true
        case .crashed where known.crashes >= RetryBounds.crashes:
            let last = "the last time on worker \(token.worker): \(text)"
            giveUp(task, "crashed \(known.crashes) times, \(last)")
        case .deterministic where known.deterministic >= Limits.deterministicFailuresMax:
            giveUp(task, "failed for good on \(places(of: known, .deterministic)): \(text)")
        case .timeout where known.timeouts >= RetryBounds.timeouts:
            giveUp(
                task,
                "took too long, with twice the time as well, on "
                    + "\(places(of: known, .timeout)): \(text)"
            )
        case .environment where known.environment >= RetryBounds.environment:
            giveUp(
                task,
                "cannot run: after \(known.environment) tries worker \(token.worker) says: \(text)"
            )
        default: return false
        }
        return true
    }

    /// The workers on which a task failed in one way, in order.
    private func places(of troubles: TaskTroubles, _ failureClass: FailureClass) -> String {
        var names: [String] = []
        for mark in troubles.marks where mark.failureClass == failureClass {
            let name = "worker \(mark.worker)"
            if !names.contains(name) { names.append(name) }
        }
        return names.joined(separator: " and ")
    }

    /// Notes who had an attempt that went wrong, so that the next one goes elsewhere.
    mutating func mark(_ task: Int, _ token: LeaseToken, _ failureClass: FailureClass) {
        note(makeMark(token, failureClass), of: task)
    }

    mutating func makeMark(
        _ token: LeaseToken,
        _ failureClass: FailureClass
    ) -> TaskTroubles.Mark {
        let worker = workerIndices[token.worker]
        let restored = restoredProcesses[token.worker]?.host ?? "of worker \(token.worker)"
        let host = worker.map { workers[$0].host } ?? hosts.index(of: restored)
        return TaskTroubles.Mark(
            attempt: token.attempt,
            host: host,
            worker: token.worker,
            incarnation: worker.map { workers[$0].description.incarnation } ?? 0,
            failureClass: failureClass,
            isAvoided: failureClass != .lostWorker && failureClass != .outOfMemory
        )
    }

    mutating func note(_ mark: TaskTroubles.Mark, of task: Int) {
        var known = troubles[task] ?? TaskTroubles()
        known.note(mark)
        known.since = now
        switch mark.failureClass {
        case .lostWorker: known.lost += 1
        case .crashed: known.crashes += 1
        case .deterministic: known.deterministic += 1
        case .timeout: known.timeouts += 1
        case .environment: known.environment += 1
        case .lostInput, .outOfMemory, .cancelled: break
        }
        troubles[task] = known
        tasks[task].isTroubled = true
    }

    /// What went wrong before a restart still counts.
    mutating func restoreTroubles(_ list: [TaskTrouble], of task: Int) {
        for (place, trouble) in list.enumerated() {
            switch trouble.failureClass {
            case .cancelled, .lostInput: continue
            case .outOfMemory:
                guard trouble.memoryBytesPerSlot > 0 else { continue }
                needMoreMemory(task, than: trouble.memoryBytesPerSlot)
            case .lostWorker, .crashed, .deterministic, .environment, .timeout: break
            }
            let mark = TaskTroubles.Mark(
                // The numbers are not known; none is needed to forgive it.
                attempt: -place - 1,
                host: hosts.index(of: trouble.host),
                worker: trouble.worker,
                incarnation: 0,
                failureClass: trouble.failureClass,
                isAvoided: trouble.failureClass != .lostWorker
                    && trouble.failureClass != .outOfMemory
            )
            note(mark, of: task)
        }
    }

    /// Pauses a task whose failures may pass by themselves.
    private mutating func delay(_ task: Int) {
        let failures = troubles[task]?.environment ?? 1
        let id = tasks[task].id
        let moment = now + policy.pauseMilliseconds(of: id, afterFailures: failures)
        tasks[task].notBefore = moment
        delayed.insert(.init(moment: moment, id: id, task: task))
    }

    private mutating func countLostInput(
        of task: Int,
        _ lease: Lease,
        _ failure: TaskFailure
    ) {
        let isReduced = dropHolders(of: failure.missing, readBy: task, lease)
        if isReduced {
            troubles[task, default: TaskTroubles()].lostInputs += 1
            tasks[task].isTroubled = true
        } else {
            // Nothing was learnt about the bytes, so the worker's network may be at fault.
            mark(task, lease.token, .lostInput)
            troubles[task]?.lostInputs += 1
        }
        let count = troubles[task]?.lostInputs ?? 0
        if count >= RetryBounds.lostInputs {
            giveUp(
                task,
                "could not get its inputs in \(count) attempts, the last time on worker "
                    + "\(lease.token.worker): \(failure.text)"
            )
        }
    }

    /// The holders that a worker was told of could not give the bytes, so they lose them;
    /// returns whether any did.
    mutating func dropHolders(of missing: [Digest], readBy task: Int, _ lease: Lease) -> Bool {
        var isReduced = false
        let inputs = Set(tasks[task].inputs)
        for digest in Set(missing).sorted() {
            guard let blob = blobIndices[digest], inputs.contains(blob) else { continue }
            for (holder, since) in blobs[blob].holders where since <= lease.serial {
                removeHolder(holder, of: blob)
                isReduced = true
            }
        }
        return isReduced
    }

    /// A run that should have made lost bytes again gave others.
    mutating func countMismatch(of task: Int, _ token: LeaseToken) {
        mark(task, token, .lostInput)
        troubles[task]?.mismatches += 1
        let count = troubles[task]?.mismatches ?? 0
        if count >= RetryBounds.mismatches {
            giveUp(
                task,
                "gave other bytes \(count) times when lost ones were to be computed again, the "
                    + "last time on worker \(token.worker)"
            )
        }
    }
}
