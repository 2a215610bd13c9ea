import Domain

extension WorkerCore {
    /// A person or the system wants the worker to end.
    mutating func terminate() {
        terminations += 1
        guard terminations == 1, isJoined || !running.isEmpty else { return leave(.stopped) }
        beginDrain()
    }

    /// Asks for no more work from now on.
    mutating func beginDrain() {
        guard drain == nil, !isLeaving else { return }
        let handBack = now + settings.drainMilliseconds
        drain = Drain(handBack: handBack, leave: handBack + settings.saveMilliseconds)
        mayLeave = false
        // The coordinator then stops granting, and says what to save and when to leave.
        if isJoined { errands.append(.release([])) }
        beatDue = min(beatDue, now)
    }

    /// Takes the next step of a drain, or ends the last words.
    mutating func considerLeaving() {
        if case .leaving(let reason, let until) = membership {
            if until <= now { stop(reason) }
            return
        }
        guard let drain else { return }
        let held = running
        if drain.handBack <= now, !held.isEmpty {
            for token in held { giveUp(token) }
            if isJoined { errands.append(.release(held)) }
        }
        // A coordinator that is gone cannot say what to save.
        let isForsaken = !isJoined && held.isEmpty && lastReply + silenceAllowed <= now
        if drain.leave <= now || isForsaken { return leave(.stopped) }
        guard held.isEmpty, mayLeave, saving.isEmpty, saves.isEmpty, errands.isEmpty,
            channels[Self.membershipChannel].isFree
        else { return }
        leave(.drained)
    }
}
