import Domain

/// When a worker beats.
enum BeatBounds {
    /// With something to tell or to run, in milliseconds: so that blobs go soon that nobody
    /// needs, and a lease counts as accepted.
    static let busy: Int64 = 1_000
    /// Blobs that are saved at the same time.
    static let saves = 2
}

extension WorkerCore {
    var leaseMilliseconds: Int64 { coordinator?.leaseMilliseconds ?? Limits.leaseMilliseconds }

    /// How long a lease is good for after the request was sent whose answer confirmed it: a
    /// tenth less than the coordinator gives, for clocks that run at different rates.
    var trustedMilliseconds: Int64 { leaseMilliseconds - leaseMilliseconds / 10 }

    /// How long from one beat's answer to the next beat.
    private var beatPeriod: Int64 {
        let period = max(coordinator?.beatMilliseconds ?? Limits.beatMilliseconds, 100)
        let isBusy =
            !dropped.isEmpty || !damaged.isEmpty || isDraining
            || slots.contains { $0.lease != nil }
        return isBusy ? min(period, BeatBounds.busy) : period
    }

    mutating func beatIfDue() {
        guard isJoined, channels[Self.beatChannel].isFree, beatDue <= now else { return }
        told = Told(
            running: running,
            dropped: Array(dropped.prefix(Limits.digestsPerMessageMax)),
            damaged: Array(damaged.prefix(Limits.digestsPerMessageMax)))
        fresh = []
        dropped.removeFirst(told.dropped.count)
        damaged.removeFirst(told.damaged.count)
        ask(
            .beat(
                running: told.running, dropped: told.dropped, damaged: told.damaged,
                anonymousBytes: anonymousBytes),
            on: Self.beatChannel, timeout: AskingBounds.beatTimeout)
    }

    mutating func takeBeat(_ reply: WorkerReply, to request: Channel.Request) {
        guard case .beat(let answer) = reply else {
            // What was told did not arrive.
            dropped = told.dropped + dropped
            damaged = told.damaged + damaged
            told = Told()
            beatDue = now + BeatBounds.busy
            if case .later(let pause, _) = reply { beatDue = now + bounded(pause) }
            return
        }
        let validUntil = request.firstSent + trustedMilliseconds
        let renewed = Set(told.running).subtracting(answer.cancel)
        let wasIdle = told.running.isEmpty
        told = Told()
        for slot in slots.indices {
            guard let lease = slots[slot].lease, renewed.contains(lease.token) else { continue }
            slots[slot].lease?.validUntil = max(lease.validUntil, validUntil)
        }
        for token in answer.cancel { giveUp(token) }
        // What is in use or was just made (again) is named once more if it must go.
        let spared = fresh.union(pinned)
        let gone = answer.release.filter { !spared.contains($0) }
        if !gone.isEmpty { effects.append(.delete(gone)) }
        if answer.drain { beginDrain() }
        mayLeave = answer.mayLeave && wasIdle
        save(answer.save)
        // An answer so late that it renews nothing is followed by the next beat at once.
        beatDue = validUntil <= now ? now : now + beatPeriod
    }

    /// Notes what the store no longer has, for the next beat.
    mutating func noteDropped(_ digests: [Digest]) {
        let known = Set(dropped)
        dropped += digests.filter { !known.contains($0) }
        if !dropped.isEmpty { beatDue = min(beatDue, now + BeatBounds.busy) }
    }

    // MARK: Saving

    private mutating func save(_ digests: [Digest]) {
        saves = digests.filter { !saving.contains($0) }
        startSaves()
    }

    private mutating func startSaves() {
        while saving.count < BeatBounds.saves, !saves.isEmpty {
            let digest = saves.removeFirst()
            saving.insert(digest)
            effects.append(.upload(digest, nil))
        }
    }

    mutating func saved(_ digest: Digest, _ outcome: UploadOutcome) {
        guard saving.remove(digest) != nil else { return }
        // What could not be sent is named again by a later beat.
        switch outcome {
        case .missing: noteDropped([digest])
        case .stored where saves.isEmpty && saving.isEmpty: beatDue = min(beatDue, now)
        case .stored, .unreachable, .failed: break
        }
        startSaves()
    }
}
