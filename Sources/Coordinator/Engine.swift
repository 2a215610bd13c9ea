import Blobs
import Domain
import Foundation
import Ledger
import Logging
import Messaging
import Scheduling

/// All of the coordinator's state, confined to its thread.
struct Engine {
    let configuration: CoordinatorConfiguration
    let ledger: Ledger
    let store: BlobStore
    let blobAddress: String
    let logger: Logger
    var scheduler: Scheduler
    let startedAt = ContinuousClock.now
    /// Jobs that are not over.
    var jobs: [JobID: ActiveJob] = [:]
    var progress: [JobID: JobProgress] = [:]
    var workers: [WorkerID: KnownWorker] = [:]
    var peers: [PeerID: WorkerID] = [:]
    /// Lease requests that wait for work, by the number that the scheduler knows them by.
    var parked: [UInt64: ParkedRequest] = [:]
    var nextRequest: UInt64 = 1
    /// What the batch at hand records, and the results among it.
    var changes: [LedgerChange] = []
    var unrecorded: [Digest: TaskResult] = [:]
    /// What the scheduler decided and is not yet done, oldest first.
    private var pendingEffects: ArraySlice<Effect> = []
    private var isPerforming = false
    /// Answers that leave once the batch is recorded.
    var outbox: [(request: IncomingRequest, bytes: [UInt8])] = []

    init(
        configuration: CoordinatorConfiguration, ledger: Ledger, store: BlobStore,
        blobAddress: String, logger: Logger
    ) throws {
        self.configuration = configuration
        self.ledger = ledger
        self.store = store
        self.blobAddress = blobAddress
        self.logger = logger
        scheduler = Scheduler(
            startedAt: Moment(milliseconds: 0), coordinatorHost: configuration.host)
        try takeUpJobs()
        try flush()
    }

    /// The coordinator's clock.
    var now: Moment {
        let elapsed = startedAt.duration(to: .now).components
        return Moment(
            milliseconds: elapsed.seconds * 1_000 + elapsed.attoseconds / 1_000_000_000_000_000)
    }

    /// Wall-clock time, for people only.
    var unixMilliseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    /// Handles batches of letters until the mailbox is closed.
    mutating func run(_ mailbox: Mailbox<Letter>) throws {
        var nextTick = Date()
        while true {
            guard let batch = mailbox.take(waitingUntil: nextTick) else { break }
            for letter in batch { handle(letter) }
            if Date() >= nextTick {
                react(to: .tick)
                nextTick = Date().addingTimeInterval(0.5)
            }
            try flush()
        }
        try ledger.close()
    }

    private mutating func handle(_ letter: Letter) {
        switch letter {
        case .request(let request): handle(request)
        case .disconnected(let peer):
            if let worker = peers.removeValue(forKey: peer), workers[worker]?.peer == peer {
                react(to: .workerDisconnected(worker))
            }
        case .stored(let digest): react(to: .coordinatorHolds([digest]))
        }
    }

    /// Records the batch in one transaction, then lets its answers go.
    mutating func flush() throws {
        do {
            try ledger.apply(changes)
        } catch {
            outbox = []
            throw CoordinatorError.stopped(
                reason: "The ledger cannot be written, so nothing may be promised: \(error)")
        }
        changes.removeAll(keepingCapacity: true)
        unrecorded.removeAll(keepingCapacity: true)
        for (request, bytes) in outbox {
            do { try request.reply(bytes) } catch {
                // The peer is gone; its next request or its silence settles the rest.
                logger.debug("answer not sent", metadata: ["reason": "\(error)"])
            }
        }
        outbox.removeAll(keepingCapacity: true)
    }

    /// Lets the scheduler decide, and performs what it decided.
    @discardableResult
    mutating func react(to event: Event) -> Answer {
        let reaction = scheduler.handle(event, at: now)
        pendingEffects += reaction.effects
        guard !isPerforming else { return reaction.answer }
        // Performing an effect may be an event itself; effects stay in the order of decisions.
        isPerforming = true
        while let effect = pendingEffects.popFirst() { perform(effect) }
        isPerforming = false
        return reaction.answer
    }
}

/// A worker as the coordinator knows it.
struct KnownWorker {
    var profile: WorkerProfile
    var incarnation: UInt64
    var peer: PeerID
    var anonymousBytes = 0
    /// The last answered request of each channel, so that a repeat gets the same answer.
    var answers: [String: (sequence: UInt64, bytes: [UInt8])] = [:]
    /// Pages of its holdings that came before its hello.
    var announced: [Digest] = []
    var hasJoined = false
}

/// A lease request that waits for work.
struct ParkedRequest {
    let request: IncomingRequest
    let worker: WorkerID
    let incarnation: UInt64
    let channel: String
    let sequence: UInt64
}
