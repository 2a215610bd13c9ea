import Blobs
import Domain
import Foundation
import Logging
import Messaging
import Synchronization
import WorkerCore

/// Carries out what the worker's core decides: one thread owns the core, others do everything
/// that takes time and tell what came of it.
///
/// Nothing heavy runs on the core's thread, so a beat is never late because of a computation,
/// a transfer or a full disk.
final class WorkerShell: Sendable {
    /// Far more events than can be on their way at once.
    private static let waitingMax = 100_000
    private static let tickSeconds = 0.05
    private static let ticksPerMeasurement = 20
    /// What a lease request waits when this worker's own disk is full, in milliseconds.
    private static let fullDiskPause: Int64 = 2_000
    private static let renewalPause: Int64 = 60_000

    private let configuration: WorkerConfiguration
    private let identity: WorkerIdentity
    private let connection: ControlConnection
    private let logger: Logger
    private let inbox: Mailbox<WorkerEvent>
    private let fetcher: InputFetcher
    private let keeper: StoreKeeper
    private let lines: [String: ControlLine]
    private let slots: [SlotThread]
    private let saver: SerialThread
    private let prefetcher: SerialThread
    private let isFetchingAhead = Atomic<Bool>(false)
    private let dialler: SerialThread
    private let shared: SlotThread.Surroundings
    private let crew: ThreadCrew
    private let isOver = Atomic<Bool>(false)
    private let renewalDue: Mutex<Int64?>

    init(
        _ configuration: WorkerConfiguration, identity: WorkerIdentity, store: BlobStore,
        fetcher: InputFetcher, connection: ControlConnection, logger: Logger
    ) {
        let (crew, inbox) = (ThreadCrew(), Mailbox<WorkerEvent>(capacity: Self.waitingMax))
        let shared = SlotThread.Surroundings(
            configuration: configuration, store: store, fetcher: fetcher, logger: logger,
            tell: { inbox.put($0) })
        let walls = Self.walls(configuration, logger: logger)
        let names = ["membership", "beat"] + (0..<configuration.slots).map { "slot-\($0)" }
        lines = Dictionary(
            uniqueKeysWithValues: names.map {
                ($0, ControlLine($0, over: connection.channel, in: crew, logger: logger))
            })
        slots = walls.enumerated().map { SlotThread($0, wall: $1, shared, in: crew) }
        keeper = StoreKeeper(shared, in: crew)
        saver = SerialThread("saver", in: crew)
        prefetcher = SerialThread("prefetcher", in: crew)
        dialler = SerialThread("dialler", in: crew)
        renewalDue = Mutex(configuration.renewal?.firstDueUnixMs)
        (self.configuration, self.identity, self.logger) = (configuration, identity, logger)
        (self.connection, self.fetcher) = (connection, fetcher)
        (self.inbox, self.crew, self.shared) = (inbox, crew, shared)
    }

    /// A bound on the memory of each slot's child.
    private static func walls(
        _ configuration: WorkerConfiguration, logger: Logger
    ) -> [MemoryWall] {
        guard let group = ControlGroup.delegated() else {
            return Array(repeating: .data, count: configuration.slots)
        }
        let bytes = configuration.memoryBytesPerSlot + 2 * MemoryWall.allowanceBytes
        return (0..<configuration.slots).map { index in
            do {
                return .group(
                    try ControlGroup(in: group, name: "slot-\(index)", memoryBytes: bytes))
            } catch {
                logger.info(
                    "no control group for a slot; its data is bounded instead",
                    metadata: ["slot": "\(index)", "reason": "\(error)"])
                return .data
            }
        }
    }

    /// A person or the system wants the worker to end; see ``WorkerEvent/terminate``.
    func terminate() { inbox.put(.terminate) }

    /// Works until the core has stopped; says why.
    func run(_ profile: WorkerProfile) -> StopReason {
        let clock = ContinuousClock()
        let start = clock.now
        func moment() -> Moment {
            Moment(milliseconds: Int64(start.duration(to: clock.now) / .milliseconds(1)))
        }
        var core = WorkerCore(
            worker: identity.id, incarnation: identity.incarnation,
            settings: WorkerSettings(
                slots: configuration.slots,
                drainMilliseconds: Int64(configuration.drainSeconds) * 1_000,
                saveMilliseconds: Int64(configuration.saveSeconds) * 1_000,
                seed: identity.incarnation &+ UInt64(bitPattern: Int64(profile.host.hashValue))),
            startedAt: moment())
        inbox.put(.started(profile))
        crew.start("clock") { self.tick() }
        while let events = inbox.take(waitingUntil: Date(timeIntervalSinceNow: 60)) {
            for event in events {
                let effects = core.handle(event, at: moment())
                if !effects.isEmpty { keeper.pin(core.pinned) }
                for effect in effects {
                    if let reason = perform(effect) { return finish(reason) }
                }
            }
        }
        return finish(.stopped)
    }

    /// Ends everything, and waits for it.
    private func finish(_ reason: StopReason) -> StopReason {
        isOver.store(true, ordering: .relaxed)
        for slot in slots { slot.end() }
        inbox.close()
        connection.channel.close()
        fetcher.close()
        for line in lines.values { line.end() }
        keeper.end()
        saver.end()
        prefetcher.end()
        dialler.end()
        crew.waitForAll()
        return reason
    }

    private func perform(_ effect: WorkerEffect) -> StopReason? {
        switch effect {
        case .send(let request, let timeout): send(request, timeout)
        case .takeStock: keeper.takeStock()
        case .welcomed(let profile):
            fetcher.welcome(profile)
            logger.info("worker joined", metadata: ["worker": "\(identity.id)"])
        case .prepare(let slot, let grant): slots[slot].prepare(grant)
        case .run(let slot, let grant):
            slots[slot].run(grant)
            fetchAhead(grant)
        case .kill(let token): for slot in slots { slot.child.kill(token) }
        case .upload(let digest, let token):
            let slot = token.flatMap { token in slots.first { $0.holds(token) } }
            if let slot, let token { slot.upload(digest, of: token) } else { save(digest, token) }
        case .delete(let digests): keeper.delete(digests)
        case .redial: redial()
        // The clock ticks often enough for every wish.
        case .wake: break
        case .stopped(let reason): return reason
        }
        return nil
    }

    private func send(_ request: WorkerRequest, _ timeout: Int64) {
        let tell = shared.tell
        var request = request
        if case .commit(let token, let result, let measurements, _?) = request.body,
            keeper.isDiskFull
        {
            request = request.asking(.commit(token, result, measurements))
        }
        if case .lease = request.body, keeper.isDiskFull {
            // The coordinator need not be asked for work that there is no room for.
            let reply = WorkerReply.later(
                milliseconds: Self.fullDiskPause, "This worker's disk is full.")
            return tell(
                .reply(channel: request.channel, sequence: request.sequence, reply))
        }
        guard let line = lines[request.channel] else {
            return tell(.lost(channel: request.channel, sequence: request.sequence))
        }
        line.ask(request, timeoutMilliseconds: timeout, tell: tell)
    }

    /// Fetches what the next task will probably read while this one runs. One grant's worth at a
    /// time: when the network is too slow for that, advice goes stale and is skipped.
    private func fetchAhead(_ grant: WorkGrant) {
        guard !grant.ahead.isEmpty, !keeper.isDiskFull,
            !isFetchingAhead.exchange(true, ordering: .acquiringAndReleasing)
        else { return }
        prefetcher.perform { [self] in
            fetcher.fetchAhead(grant)
            isFetchingAhead.store(false, ordering: .releasing)
        }
    }

    private func save(_ digest: Digest, _ token: LeaseToken?) {
        saver.perform { [shared] in
            shared.tell(.uploaded(digest, token, shared.upload(digest)))
        }
    }

    private func redial() {
        logger.warning("the coordinator is silent; connecting anew")
        dialler.perform { [connection, logger] in
            do { try connection.redial() } catch {
                logger.warning("no new connection", metadata: ["reason": "\(error)"])
            }
        }
    }

    // MARK: Time

    /// Steady sleeps, so that a clock set by hand delays no beat.
    private func tick() {
        var count = 0
        while !isOver.load(ordering: .relaxed) {
            if count.isMultiple(of: Self.ticksPerMeasurement) {
                inbox.put(.measured(anonymousBytes: anonymousBytes()))
                keeper.lookAfter()
                renewIfDue()
            }
            inbox.put(.tick)
            count += 1
            Thread.sleep(forTimeInterval: Self.tickSeconds)
        }
    }

    private func anonymousBytes() -> Int {
        let own = ProcessInfo.processInfo.processIdentifier
        return ([own] + slots.compactMap(\.child.processID))
            .reduce(0) { $0 + MemoryMeter.anonymousBytes(of: $1) }
    }

    private func renewIfDue() {
        guard let renewal = configuration.renewal else { return }
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let isDue = renewalDue.withLock { due in
            guard let moment = due, moment <= now else { return false }
            // Nothing is due while it is being renewed.
            due = nil
            return true
        }
        guard isDue else { return }
        dialler.perform { [self] in
            do {
                let next = try renewal.renew()
                renewalDue.withLock { $0 = next }
                logger.info("certificate renewed")
            } catch {
                renewalDue.withLock { $0 = now + Self.renewalPause }
                logger.warning("certificate not renewed", metadata: ["reason": "\(error)"])
            }
        }
    }
}
