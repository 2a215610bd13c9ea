public import Domain

/// Decides what a worker does next: events in, effects out, time as an argument.
///
/// A value without I/O, clock or randomness, so that a whole cluster can be played in one thread.
/// It keeps the membership, asks for work, repeats what was lost, and fences itself: a result is
/// published only as long as the last successful beat says that its lease lives.
public struct WorkerCore: Sendable {
    /// Whether the worker belongs to its cluster.
    enum Membership: Sendable, Equatable {
        case unborn
        /// The store is being listed for a hello.
        case takingStock
        /// Pages of holdings, then the hello.
        case announcing
        case joined
        /// The last words are being said.
        case leaving(StopReason, until: Moment)
        case stopped
    }

    /// A drain under way.
    struct Drain: Sendable {
        /// When running tasks are handed back.
        let handBack: Moment
        /// When the worker leaves whatever it still holds.
        let leave: Moment
    }

    /// What a beat under way tells.
    struct Told: Sendable {
        var running: [LeaseToken] = []
        var dropped: [Digest] = []
        var damaged: [Digest] = []
    }

    /// The worker's name.
    public let worker: WorkerID
    /// Which start of its process.
    public let incarnation: UInt64
    /// How it was set up.
    public let settings: WorkerSettings
    /// What the coordinator said of itself last.
    public internal(set) var coordinator: CoordinatorProfile?

    var membership = Membership.unborn
    var profile: WorkerProfile?
    var pages: [[Digest]] = []
    var isFirstPage = true
    /// When the hello may go on after a refusal.
    var helloDue: Moment
    /// What is to be told on the membership channel, in order.
    var errands: [WorkerRequest.Body] = []
    var channels: [Channel]
    var slots: [Slot]

    var beatDue: Moment
    var told = Told()
    /// Outputs made since the beat under way was first sent: its answer does not know of them.
    var fresh: Set<Digest> = []
    var dropped: [Digest] = []
    var damaged: [Digest] = []
    var anonymousBytes = 0

    var drain: Drain?
    var mayLeave = false
    /// Blobs to be sent because the worker drains: those under way, and those that wait.
    var saving: Set<Digest> = []
    var saves: [Digest] = []

    var terminations = 0
    var lastReply: Moment
    /// Like `lastReply`, but also the last moment without anything to be answered.
    var lastAnswer: Moment
    var now: Moment
    var effects: [WorkerEffect] = []
    var wish: Moment?

    /// A worker that has just been started.
    ///
    /// - Parameters:
    ///   - worker: its name for ever.
    ///   - incarnation: larger than that of any earlier process of this worker.
    ///   - settings: how it is set up.
    ///   - startedAt: a moment of the clock that ``handle(_:at:)`` goes by: any start, but steady,
    ///     and going on while the machine is suspended.
    public init(
        worker: WorkerID, incarnation: UInt64, settings: WorkerSettings, startedAt: Moment
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.settings = settings
        channels =
            [Channel(name: "membership"), Channel(name: "beat")]
            + (0..<settings.slots).map { Channel(name: "slot-\($0)") }
        slots = Array(repeating: Slot(due: startedAt), count: settings.slots)
        (helloDue, beatDue, now) = (startedAt, startedAt, startedAt)
        (lastReply, lastAnswer) = (startedAt, startedAt)
    }

    /// Whether the coordinator knows the worker.
    public var isJoined: Bool { membership == .joined }
    /// Whether the worker asks for no more work.
    public var isDraining: Bool { drain != nil }
    /// Whether the worker is through.
    public var isStopped: Bool { membership == .stopped }

    /// Leases that are worked on, in order.
    public var running: [LeaseToken] {
        slots.compactMap { $0.stage == .ending ? nil : $0.lease?.token }.sorted()
    }

    /// Blobs that must not be evicted: inputs and outputs of leases, and what is being saved.
    public var pinned: Set<Digest> {
        slots.reduce(into: saving.union(saves)) { $0.formUnion($1.lease?.blobs ?? []) }
    }

    /// Takes note of `event`.
    ///
    /// - Parameters:
    ///   - event: what happened.
    ///   - now: the moment of the event; one before an earlier event's counts as that.
    /// - Returns: what is to be done, in order.
    public mutating func handle(_ event: WorkerEvent, at now: Moment) -> [WorkerEffect] {
        guard membership != .stopped else { return [] }
        self.now = max(now, self.now)
        react(to: event)
        proceed()
        let effects = self.effects
        self.effects = []
        return effects
    }

    private mutating func react(to event: WorkerEvent) {
        switch event {
        case .started(let profile):
            self.profile = profile
            if membership == .unborn { takeStock() }
        case .stockTaken(let held): announce(held)
        case .reply(let name, let sequence, let reply): take(reply, sequence, on: name)
        case .lost(let name, let sequence): lose(sequence, on: name)
        case .prepared(let token, let failure): prepared(token, failure)
        case .finished(let token, let outcome): finished(token, outcome)
        case .uploaded(let digest, let token, let outcome):
            if let token { uploaded(digest, token, outcome) } else { saved(digest, outcome) }
        case .dropped(let digests): noteDropped(digests)
        case .damaged(let digests):
            damaged += digests
            beatDue = min(beatDue, now)
        case .measured(let bytes): anonymousBytes = bytes
        case .terminate: terminate()
        case .tick: break
        }
    }

    /// Does everything whose time has come.
    private mutating func proceed() {
        considerLeaving()
        for slot in slots.indices { advance(slot) }
        askMembership()
        beatIfDue()
        for channel in channels.indices { sendIfDue(channel) }
        watch()
        wishForTick()
    }
}
