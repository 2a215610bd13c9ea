import Blobs
import Domain
import Foundation
import Ledger
import Logging
import Messaging
import Scheduling
import Sessions

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
    var parked: [UInt64: PendingRequest] = [:]
    var nextRequest: UInt64 = 1
    /// Answers to repeats.
    var answers = AnswerRegister()
    /// Who may speak.
    var access: AccessControl
    /// Whether there is room to record anything.
    var room: RoomKeeper
    /// The same for other threads.
    let readOnly: ReadOnlyNotice
    /// What the listener's keeper reports, for people.
    let listenerFigures: ListenerFigures
    /// Who copies the ledger.
    let backups: BackupDesk
    /// Blobs found damaged since the start.
    var damagedBlobs = 0
    /// When the store was last looked through for what nobody needs.
    var keptStoreAt = ContinuousClock.now
    var keptLedgerAt = ContinuousClock.now
    /// What the batch at hand records, and the results among it.
    var changes: [LedgerChange] = []
    var unrecorded: [Digest: TaskResult] = [:]
    /// What the scheduler decided and is not yet done, oldest first.
    private var pendingEffects: ArraySlice<Effect> = []
    private var isPerforming = false
    /// Answers that leave once the batch is recorded.
    var outbox: [(caller: Caller, bytes: [UInt8])] = []

    init(
        configuration: CoordinatorConfiguration, ledger: Ledger, store: BlobStore,
        blobAddress: String, access: consuming AccessControl, readOnly: ReadOnlyNotice,
        listenerFigures: ListenerFigures, logger: Logger
    ) throws {
        self.access = access
        self.readOnly = readOnly
        self.listenerFigures = listenerFigures
        backups = BackupDesk(ledger, folder: configuration.backupFolder, logger: logger)
        room = RoomKeeper(
            folder: configuration.dataFolder, reserveBytes: configuration.reserveBytes)
        self.configuration = configuration
        self.ledger = ledger
        self.store = store
        self.blobAddress = blobAddress
        self.logger = logger
        scheduler = Scheduler(
            startedAt: Moment(milliseconds: 0), coordinatorHost: configuration.host,
            policy: configuration.policy)
        try takeUpJobs()
        try flush()
        watchRoom()
    }

    /// The coordinator's clock. It stands still while nothing can be recorded, so that no lease
    /// runs out for a reason that is not its worker's.
    var now: Moment {
        let elapsed = (startedAt.duration(to: .now) - room.pause).components
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
                watchRoom()
                if !room.isStuck { react(to: .tick) }
                keepStore()
                if !room.isStuck { keepLedger() }
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
            access.forget(peer)
            if let worker = peers.removeValue(forKey: peer), workers[worker]?.peer == peer {
                react(to: .workerDisconnected(worker))
            }
        case .stored(let digest): react(to: .coordinatorHolds([digest]))
        case .damaged(let digest):
            damagedBlobs += 1
            logger.error("a stored blob was damaged", metadata: ["blob": "\(digest.short)"])
            react(to: .coordinatorLost([digest]))
        }
    }

    /// Records the batch in one transaction, then lets its answers go.
    mutating func flush() throws {
        do {
            try ledger.apply(changes)
        } catch {
            guard case .noSpace(_, let detail) = error else {
                outbox = []
                throw CoordinatorError.stopped(
                    reason: "The ledger cannot be written, so nothing may be promised: \(error)")
            }
            // The batch and its answers wait: nobody hears of what a crash could undo.
            if !room.isStuck {
                logger.error("read-only", metadata: ["reason": "\(error)"])
                room.becomeStuck(detail)
                publishRoom()
            }
            return
        }
        if room.isStuck {
            room.getGoing()
            watchRoom()
            publishRoom()
        }
        changes.removeAll(keepingCapacity: true)
        unrecorded.removeAll(keepingCapacity: true)
        for (caller, bytes) in outbox { caller.reply(bytes, logger) }
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
    /// Why the coordinator gives it no more work.
    var drainReason: String?
    /// Pages of its holdings that came before its hello.
    var announced: [Digest] = []
    var hasJoined = false
}

/// A worker's request that is being answered, perhaps much later.
struct PendingRequest {
    var caller: Caller
    let message: WorkerRequest
    /// What became of the commit that asked for more work at the same time.
    var verdict: CommitVerdict?
}
