import Domain

extension WorkerCore {
    var isLeaving: Bool {
        if case .leaving = membership { true } else { false }
    }

    /// Lists the store, to announce it.
    mutating func takeStock() {
        membership = .takingStock
        effects.append(.takeStock)
    }

    /// The coordinator does not know the worker (any more).
    mutating func rejoin() {
        guard isJoined else { return }
        takeStock()
    }

    /// The store was listed: its pages and the hello are told.
    mutating func announce(_ held: [Digest]) {
        guard membership == .takingStock else { return }
        membership = .announcing
        isFirstPage = true
        pages = stride(from: 0, to: held.count, by: Limits.digestsPerMessageMax).map {
            Array(held[$0..<min($0 + Limits.digestsPerMessageMax, held.count)])
        }
        if pages.isEmpty { pages = [[]] }
        // What a request of before still waits for is settled by the hello.
        channels[Self.membershipChannel].abandon()
    }

    /// Asks what is next on the membership channel.
    mutating func askMembership() {
        let channel = Self.membershipChannel
        guard channels[channel].isFree else { return }
        switch membership {
        case .announcing:
            guard helloDue <= now, let profile else { return }
            if let page = pages.first {
                ask(.holdings(page, first: isFirstPage), on: channel, timeout: AskingBounds.hello)
            } else {
                ask(.hello(profile, running: running), on: channel, timeout: AskingBounds.hello)
            }
        case .joined:
            guard !errands.isEmpty else { return }
            ask(errands.removeFirst(), on: channel, timeout: AskingBounds.report)
        case .leaving(let reason, _):
            guard !errands.isEmpty else { return stop(reason) }
            ask(errands.removeFirst(), on: channel, timeout: AskingBounds.farewell)
        case .unborn, .takingStock, .stopped: return
        }
    }

    /// An answer to a page, a hello or an errand.
    mutating func takeMembership(_ reply: WorkerReply, to request: Channel.Request) {
        switch (request.body, reply) {
        case (.holdings, .done):
            guard membership == .announcing, !pages.isEmpty else { return }
            pages.removeFirst()
            isFirstPage = false
        case (.hello, .welcome(let profile)):
            guard membership == .announcing else { return }
            join(profile)
        case (.holdings, _), (.hello, _):
            // The coordinator changed in between, or has no room: from the start, after a while.
            guard membership == .announcing else { return }
            takeStock()
            if case .later(let pause, _) = reply {
                helloDue = now + bounded(pause)
            } else {
                helloDue = now + 1_000
            }
        case (_, .later(let pause, _)):
            askAgain(request, on: Self.membershipChannel, after: bounded(pause))
        case (_, .sayHello): rejoin()
        default: break
        }
    }

    private mutating func join(_ profile: CoordinatorProfile) {
        coordinator = profile
        membership = .joined
        effects.append(.welcomed(profile))
        (beatDue, mayLeave) = (now, false)
        // A hello names all leases; what was handed back before is settled by it.
        errands = drain == nil ? [] : [.release([])]
    }

    /// Ends the worker after its last words.
    mutating func leave(_ reason: StopReason) {
        guard !isLeaving, membership != .stopped else { return }
        if case .refused = reason { return stop(reason) }
        guard isJoined else { return stop(reason) }
        let held = running
        for token in held { giveUp(token) }
        membership = .leaving(reason, until: now + AskingBounds.farewell)
        errands = (held.isEmpty ? [] : [.release(held)]) + [.goodbye]
        for channel in channels.indices { channels[channel].abandon() }
    }

    mutating func stop(_ reason: StopReason) {
        membership = .stopped
        effects.append(.stopped(reason))
    }
}
