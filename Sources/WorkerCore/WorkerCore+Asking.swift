import Domain

/// Time-outs and pauses, in milliseconds.
enum AskingBounds {
    static let beatTimeout: Int64 = 5_000
    static let hello: Int64 = 20_000
    static let lease = Limits.pollMilliseconds + 10_000
    static let report: Int64 = 20_000
    /// For last words; the worker waits no longer than this for all of them.
    static let farewell: Int64 = 2_000
    static let firstPause: Int64 = 50
    static let longestPause: Int64 = 2_000
    /// How long no answer may come before the connection is made anew, at least.
    static let silence: Int64 = 30_000
}

extension WorkerCore {
    static var membershipChannel: Int { 0 }
    static var beatChannel: Int { 1 }
    static func channel(ofSlot slot: Int) -> Int { slot + 2 }

    /// Starts to ask on a free channel.
    mutating func ask(_ body: WorkerRequest.Body, on channel: Int, timeout: Int64) {
        channels[channel].request = Channel.Request(
            body: body, timeout: timeout, firstSent: now, due: now)
    }

    /// Makes the next try of a channel's request if its time has come and it may be made.
    mutating func sendIfDue(_ channel: Int) {
        guard var request = channels[channel].request, !request.isUnderWay, request.due <= now,
            maySend(request, on: channel)
        else { return }
        if request.sequence == 0 {
            channels[channel].sequence += 1
            request.sequence = channels[channel].sequence
            request.firstSent = now
        }
        request.tries += 1
        request.isUnderWay = true
        channels[channel].request = request
        effects.append(
            .send(
                WorkerRequest(
                    worker: worker, incarnation: incarnation, sequence: request.sequence,
                    channel: channels[channel].name, body: request.body),
                timeoutMilliseconds: request.timeout))
    }

    /// Whether a try may be made, apart from its time.
    private func maySend(_ request: Channel.Request, on channel: Int) -> Bool {
        guard channel != Self.membershipChannel else { return true }
        guard isJoined else { return false }
        guard case .commit(let token, _, _, _) = request.body else { return true }
        // Self-fencing: past the deadline somebody else may have the task.
        return lease(token).map { now < $0.validUntil } ?? false
    }

    /// An answer came.
    mutating func take(_ reply: WorkerReply, _ sequence: UInt64, on name: String) {
        guard let channel = channels.firstIndex(where: { $0.name == name }),
            let request = channels[channel].request, request.isUnderWay,
            request.sequence == sequence
        else { return }
        (lastReply, lastAnswer) = (now, now)
        channels[channel].request = nil
        if case .refused(let text, isFinal: true) = reply { return leave(.refused(text)) }
        if reply == .sayHello, channel != Self.membershipChannel { rejoin() }
        guard !request.isUnwanted else { return takeUnwanted(reply, to: request, on: channel) }
        switch channel {
        case Self.membershipChannel: takeMembership(reply, to: request)
        case Self.beatChannel: takeBeat(reply, to: request)
        default: takeSlot(reply, to: request, of: channel - 2)
        }
    }

    /// An answer that nobody waits for any more: its slot could not ask anew before it came, and
    /// does the work that it may bring. (A beat can be told of a lease's end before its commit's
    /// answer comes.)
    private mutating func takeUnwanted(
        _ reply: WorkerReply, to request: Channel.Request, on channel: Int
    ) {
        guard case .commit(_, next: let grant?) = reply else { return }
        begin(grant, askedFor: request, on: channel - 2)
    }

    /// Asks the same again as a new request: the coordinator said that it did not take it.
    mutating func askAgain(_ request: Channel.Request, on channel: Int, after pause: Int64) {
        var again = Channel.Request(
            body: request.body, timeout: request.timeout, firstSent: now, due: now + pause)
        again.tries = request.tries
        channels[channel].request = again
    }

    /// No answer will come to the try under way.
    mutating func lose(_ sequence: UInt64, on name: String) {
        guard let channel = channels.firstIndex(where: { $0.name == name }),
            let request = channels[channel].request, request.isUnderWay,
            request.sequence == sequence
        else { return }
        guard !request.isUnwanted, !isLeaving else {
            channels[channel].request = nil
            return
        }
        channels[channel].request?.isUnderWay = false
        let next = now + pause(request.tries, salt: request.sequence)
        channels[channel].request?.due = next
    }

    /// The pause before the next try: it doubles, and is drawn from its upper half so that many
    /// workers do not come at once.
    func pause(_ tries: Int, salt: UInt64) -> Int64 {
        let longest = min(
            AskingBounds.longestPause, AskingBounds.firstPause << Int64(min(max(tries, 1), 8)))
        var mixed = settings.seed &+ salt &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(max(tries, 0))
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed ^= mixed >> 27
        return longest / 2 + Int64(mixed % UInt64(longest / 2 + 1))
    }

    /// A pause that the coordinator asked for, within bounds.
    func bounded(_ pause: Int64) -> Int64 {
        min(max(pause, AskingBounds.firstPause), Limits.pauseMillisecondsMax)
    }

    var silenceAllowed: Int64 {
        max(3 * (coordinator?.beatMilliseconds ?? 0), AskingBounds.silence)
    }

    /// Gives a connection up that gives no answers although it looks alive.
    mutating func watch() {
        guard channels.contains(where: { $0.request != nil }) else {
            lastAnswer = now
            return
        }
        guard lastAnswer + silenceAllowed <= now else { return }
        lastAnswer = now
        effects.append(.redial)
    }

    /// Says when the next tick is needed.
    mutating func wishForTick() {
        guard membership != .stopped else { return }
        var moments: [Moment] = [lastAnswer + silenceAllowed]
        for channel in channels.indices {
            guard let request = channels[channel].request, !request.isUnderWay,
                maySend(request, on: channel)
            else { continue }
            moments.append(request.due)
        }
        if isJoined, channels[Self.beatChannel].isFree { moments.append(beatDue) }
        if membership == .announcing, channels[Self.membershipChannel].isFree {
            moments.append(helloDue)
        }
        for slot in slots {
            if let moment = wish(of: slot) { moments.append(moment) }
        }
        if let drain {
            moments += [drain.handBack, drain.leave, lastReply + silenceAllowed]
                .filter { now < $0 }
        }
        if case .leaving(_, let until) = membership { moments.append(until) }
        guard let next = moments.min(), next != wish || next <= now else { return }
        wish = next
        effects.append(.wake(at: next))
    }

    private func wish(of slot: Slot) -> Moment? {
        switch slot.stage {
        case .idle: return isJoined && drain == nil ? slot.due : nil
        case .publishing:
            guard isJoined, let lease = slot.lease, !lease.isUploading, now < lease.validUntil
            else { return nil }
            return slot.due
        case .running:
            guard let lease = slot.lease, !lease.isOverTime else { return nil }
            return overTime(lease)
        case .asking, .preparing, .reporting, .ending: return nil
        }
    }
}
