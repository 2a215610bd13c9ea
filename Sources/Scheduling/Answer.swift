public import Domain

/// What an event is answered with, besides its effects.
public enum Answer: Sendable, Hashable {
    /// Nothing: the event has no sender, or the answer comes later as an effect.
    case none
    /// The worker (or its incarnation) is not known: it shall say hello again.
    case unknownWorker
    /// The answer to ``Event/completed(_:_:_:)`` and ``Event/failed(_:_:)``.
    case completion(CompletionAnswer)
    /// The answer to ``Event/beat(_:incarnation:running:dropped:)``.
    case beat(BeatAnswer)
}

/// What became of a reported result or failure. The worker is through with the attempt anyway.
public enum CompletionAnswer: String, Sendable, Hashable, CaseIterable {
    /// It counts.
    case accepted
    /// The same result was known already.
    case duplicate
    /// The attempt was never granted, somebody else was given the task since, or its job is
    /// over.
    case superseded
    /// Another result is known for the same key; an alarm was raised.
    case mismatch
}

/// What a worker is told at its beat.
public struct BeatAnswer: Sendable, Hashable {
    /// Attempts to stop: not valid or not wanted any more.
    public let cancel: [LeaseToken]
    /// Transient blobs to delete, at most ``Limits/digestsPerMessageMax``; repeated until the
    /// worker reports them as dropped.
    public let release: [Digest]
    /// Whether to finish what runs and to ask for no more.
    public let drain: Bool
    /// While draining: blobs that somebody still needs and nobody else holds, to be sent to the
    /// coordinator; at most ``Limits/savesPerBeatMax``, repeated until they are safe.
    public let save: [Digest]
    /// While draining: nothing runs and nothing is lost when the worker leaves now.
    public let mayLeave: Bool

    /// An answer from its parts.
    public init(
        cancel: [LeaseToken],
        release: [Digest],
        drain: Bool,
        save: [Digest] = [],
        mayLeave: Bool = false
    ) {
        self.cancel = cancel
        self.release = release
        self.drain = drain
        self.save = save
        self.mayLeave = mayLeave
    }
}

/// Everything that one event led to.
public struct Reaction: Sendable, Hashable {
    /// What the sender is answered.
    public let answer: Answer
    /// What is to be done, in order.
    public let effects: [Effect]
}
