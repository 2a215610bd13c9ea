import Domain

extension WorkerCore {
    /// The lease of `token`, if it is worked on.
    func lease(_ token: LeaseToken) -> HeldLease? {
        slots.first { $0.stage != .ending && $0.lease?.token == token }?.lease
    }

    /// When a running lease has had its time; nil when it may take as long as it likes.
    func overTime(_ lease: HeldLease) -> Moment? {
        guard lease.grant.timeLimitMilliseconds > 0, let start = lease.startedAt else { return nil }
        return start + min(lease.grant.timeLimitMilliseconds, Limits.timeLimitMillisecondsMax)
    }

    /// Does what a slot can do by itself.
    mutating func advance(_ slot: Int) {
        let channel = Self.channel(ofSlot: slot)
        switch slots[slot].stage {
        case .idle:
            guard isJoined, drain == nil, slots[slot].due <= now, channels[channel].isFree
            else { return }
            slots[slot].stage = .asking
            ask(.lease(slot: slot), on: channel, timeout: AskingBounds.lease)
        case .asking:
            guard drain != nil, channels[channel].request?.isUnderWay != true else { return }
            channels[channel].request = nil
            becomeIdle(slot, after: 0)
        case .running:
            guard let lease = slots[slot].lease, !lease.isOverTime,
                let end = overTime(lease), end <= now
            else { return }
            slots[slot].lease?.isOverTime = true
            effects.append(.kill(lease.token))
        case .publishing: publish(slot)
        case .preparing, .reporting, .ending: return
        }
    }

    mutating func becomeIdle(_ slot: Int, after pause: Int64) {
        slots[slot].stage = .idle
        slots[slot].due = now + pause
        slots[slot].tries = 0
        slots[slot].lease = nil
    }

    /// An answer to a lease request or a report.
    mutating func takeSlot(_ reply: WorkerReply, to request: Channel.Request, of slot: Int) {
        switch request.body {
        case .lease: takeLease(reply, to: request, of: slot)
        default: takeReport(reply, to: request, of: slot)
        }
    }

    private mutating func takeLease(
        _ reply: WorkerReply, to request: Channel.Request, of slot: Int
    ) {
        guard slots[slot].stage == .asking else { return }
        becomeIdle(slot, after: 0)
        switch reply {
        case .grant(let grant): begin(grant, askedFor: request, on: slot)
        case .later(let pause, _): slots[slot].due = now + bounded(pause)
        case .nothingYet, .sayHello: break
        default: slots[slot].due = now + BeatBounds.busy
        }
    }

    /// Starts to work on a lease that an idle slot was given.
    mutating func begin(
        _ grant: WorkGrant, askedFor request: Channel.Request, on slot: Int
    ) {
        guard !isLeaving, slots[slot].stage == .idle, grant.token.worker == worker,
            lease(grant.token) == nil
        else { return }
        mayLeave = false
        guard drain == nil else {
            errands.append(.release([grant.token]))
            return
        }
        // The coordinator may have granted it right after the request was first sent.
        slots[slot].lease = HeldLease(
            grant: grant, validUntil: request.firstSent + trustedMilliseconds)
        slots[slot].stage = .preparing
        // The first beat that names it tells the coordinator that it arrived.
        beatDue = min(beatDue, now + BeatBounds.busy / 2)
        effects.append(.prepare(slot: slot, grant))
    }

    private mutating func takeReport(
        _ reply: WorkerReply, to request: Channel.Request, of slot: Int
    ) {
        guard slots[slot].stage == .reporting else { return }
        switch reply {
        case .commit(_, next: let grant?):
            becomeIdle(slot, after: 0)
            begin(grant, askedFor: request, on: slot)
        case .later(let pause, _):
            askAgain(request, on: Self.channel(ofSlot: slot), after: bounded(pause))
        case .sayHello: askAgain(request, on: Self.channel(ofSlot: slot), after: 0)
        default: becomeIdle(slot, after: 0)
        }
    }

    // MARK: What the shell tells

    mutating func prepared(_ token: LeaseToken, _ failure: TaskFailure?) {
        guard let slot = slots.firstIndex(where: { $0.lease?.token == token }),
            let lease = slots[slot].lease
        else { return }
        switch slots[slot].stage {
        case .ending: becomeIdle(slot, after: 0)
        case .preparing:
            if let failure { return report(failure, of: slot) }
            slots[slot].stage = .running
            slots[slot].lease?.startedAt = now
            effects.append(.run(slot: slot, lease.grant))
        case .idle, .asking, .running, .publishing, .reporting: return
        }
    }

    mutating func finished(_ token: LeaseToken, _ outcome: RunOutcome) {
        guard let slot = slots.firstIndex(where: { $0.lease?.token == token }),
            let lease = slots[slot].lease
        else { return }
        if slots[slot].stage == .ending { return becomeIdle(slot, after: 0) }
        guard slots[slot].stage == .running else { return }
        switch outcome {
        case .failure where lease.isOverTime:
            let limit = lease.grant.timeLimitMilliseconds
            report(
                TaskFailure(.timeout, "The task ran longer than the \(limit) ms it may."),
                of: slot)
        case .failure(let failure): report(failure, of: slot)
        case .result(let result, let measurements):
            guard result.outputs.map(\.name) == lease.grant.outputs.map(\.name) else {
                let text = "The task gave other outputs than were promised."
                return report(TaskFailure(.crashed, text), of: slot)
            }
            take(result, measurements, of: slot)
        }
    }

    private mutating func take(
        _ result: TaskResult, _ measurements: TaskMeasurements, of slot: Int
    ) {
        let outputs = Set(result.outputs.map(\.blob.digest))
        // They are there (again), whatever was dropped before.
        dropped.removeAll(where: outputs.contains)
        fresh.formUnion(outputs)
        slots[slot].lease?.result = result
        slots[slot].lease?.measurements = measurements
        var uploads: [Digest] = []
        for (declaration, output) in zip(slots[slot].lease?.grant.outputs ?? [], result.outputs)
        where declaration.retention == .durable && !uploads.contains(output.blob.digest) {
            uploads.append(output.blob.digest)
        }
        slots[slot].lease?.uploads = uploads
        slots[slot].stage = .publishing
        slots[slot].due = now
    }

    private mutating func report(_ failure: TaskFailure, of slot: Int) {
        guard let lease = slots[slot].lease else { return }
        slots[slot].stage = .reporting
        ask(
            .fail(lease.token, failure), on: Self.channel(ofSlot: slot),
            timeout: AskingBounds.report)
    }

    // MARK: Publishing

    /// Sends the durable outputs one after another, then the result; nothing past the deadline.
    private mutating func publish(_ slot: Int) {
        guard let lease = slots[slot].lease, !lease.isUploading, let result = lease.result,
            let measurements = lease.measurements
        else { return }
        // A beat that tells an earlier copy as dropped must not overtake the new one's commit.
        let outputs = result.outputs.map(\.blob.digest)
        guard told.dropped.isEmpty || !outputs.contains(where: told.dropped.contains) else {
            return
        }
        if let next = lease.uploads.first {
            guard isJoined, now < lease.validUntil, slots[slot].due <= now else { return }
            slots[slot].lease?.isUploading = true
            effects.append(.upload(next, lease.token))
        } else {
            slots[slot].stage = .reporting
            ask(
                .commit(
                    lease.token, result, measurements, next: drain == nil ? slot : nil),
                on: Self.channel(ofSlot: slot), timeout: AskingBounds.report)
        }
    }

    mutating func uploaded(_ digest: Digest, _ token: LeaseToken, _ outcome: UploadOutcome) {
        guard let slot = slots.firstIndex(where: { $0.lease?.token == token }),
            slots[slot].lease?.isUploading == true
        else { return }
        slots[slot].lease?.isUploading = false
        if slots[slot].stage == .ending { return becomeIdle(slot, after: 0) }
        guard slots[slot].stage == .publishing else { return }
        switch outcome {
        case .stored:
            slots[slot].lease?.uploads.removeAll { $0 == digest }
            slots[slot].tries = 0
        case .unreachable:
            slots[slot].tries += 1
            let salt = UInt64(truncatingIfNeeded: token.attempt)
            let next = now + pause(slots[slot].tries, salt: salt)
            slots[slot].due = next
        case .missing:
            let text = "The output \(digest.short) vanished before it was sent."
            noteDropped([digest])
            report(TaskFailure(.environment, text), of: slot)
        case .failed(let failure): report(failure, of: slot)
        }
    }

    /// Stops work on a lease: it was cancelled, or is handed back.
    mutating func giveUp(_ token: LeaseToken) {
        guard let slot = slots.firstIndex(where: { $0.lease?.token == token }) else { return }
        switch slots[slot].stage {
        case .preparing, .running:
            slots[slot].stage = .ending
            effects.append(.kill(token))
        case .publishing:
            if slots[slot].lease?.isUploading == true {
                slots[slot].stage = .ending
            } else {
                becomeIdle(slot, after: 0)
            }
        case .reporting:
            channels[Self.channel(ofSlot: slot)].abandon()
            becomeIdle(slot, after: 0)
        case .idle, .asking, .ending: return
        }
    }
}
