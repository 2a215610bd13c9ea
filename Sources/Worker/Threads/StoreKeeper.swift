import Blobs
import Domain
import Foundation
import Logging
import Synchronization
import WorkerCore

/// The thread that looks after the store: lists it, deletes what nobody needs, and keeps it
/// within its budget and the disk above its floor.
final class StoreKeeper: Sendable {
    /// How often the store is looked at, at most.
    private static let period = Duration.seconds(1)
    /// Looking takes no more than this part of the time.
    private static let share = 0.02
    /// How long a blob is spared after its last use: its caller may not know of it yet.
    private static let graceMilliseconds: Int64 = 60_000
    private static let floorBytesMax = 256 << 20
    /// A minute's part of the store is read for damage each minute: all of it in a hundred days.
    private static let minutesPerScrub = 144_000
    private static let scrubBytesMin = 4 << 20

    private let thread: SerialThread
    private let shell: SlotThread.Surroundings
    private let store: BlobStore
    private let budgetBytes: Int
    private let freeBytesMin: Int?
    private let logger: Logger
    private let tell: @Sendable (WorkerEvent) -> Void
    private let pins = Mutex<Set<Digest>>([])
    private let nextLook = Mutex<ContinuousClock.Instant>(.now)
    private let nextScrub = Mutex<ContinuousClock.Instant>(.now + .seconds(60))
    private let isFull = Atomic<Bool>(false)

    init(_ shell: SlotThread.Surroundings, in crew: ThreadCrew) {
        thread = SerialThread("store", in: crew)
        self.shell = shell
        store = shell.store
        budgetBytes = shell.configuration.cacheBytesMax
        freeBytesMin = shell.configuration.freeBytesMin
        logger = shell.logger
        tell = shell.tell
    }

    func end() { thread.end() }

    /// Whether the disk is below its floor although everything was deleted that may be.
    var isDiskFull: Bool { isFull.load(ordering: .relaxed) }

    /// What must not be deleted for want of room.
    func pin(_ digests: Set<Digest>) { pins.withLock { $0 = digests } }

    /// Lists the store; ends with ``WorkerEvent/stockTaken(_:)``.
    func takeStock() {
        thread.perform { [self] in
            // Whether there is room for work is known before any is asked for.
            try? makeRoom()
            do { tell(.stockTaken(try store.list().map(\.digest))) } catch {
                logger.error("store not listed", metadata: ["reason": "\(error)"])
                // Without a list nothing is claimed; what is there is found when it is used.
                tell(.stockTaken([]))
            }
        }
    }

    /// Deletes what nobody needs any more.
    func delete(_ digests: [Digest]) {
        thread.perform { [self] in
            for digest in digests {
                do { try store.remove(digest) } catch {
                    logger.warning("blob not removed", metadata: ["reason": "\(error)"])
                }
            }
            tell(.dropped(digests))
        }
    }

    /// Makes room if need be; call it as often as you like.
    func lookAfter() {
        let isDue = nextLook.withLock { next in
            guard next <= .now else { return false }
            next = .now + .seconds(3_600)
            return true
        }
        guard isDue else { return }
        thread.perform { [self] in
            let start = ContinuousClock.now
            do { try makeRoom() } catch {
                logger.warning("eviction failed", metadata: ["reason": "\(error)"])
            }
            shell.tellOfDamage()
            scrubIfDue()
            let took = start.duration(to: .now)
            nextLook.withLock { $0 = .now + max(Self.period, took / Self.share) }
        }
    }

    /// Reads a little of the store, so that damage is found before the last good copy goes.
    private func scrubIfDue() {
        let isDue = nextScrub.withLock { next in
            guard next <= .now else { return false }
            next = .now + .seconds(60)
            return true
        }
        guard isDue else { return }
        do {
            let part = try store.totalBytes() / Self.minutesPerScrub
            _ = try store.scrub(budgetBytes: max(part, Self.scrubBytesMin))
            try store.sweepQuarantine(now: Date())
            // What children that died were writing. Only this thread evicts.
            try store.sweepTemporaryFiles(now: Date())
        } catch {
            logger.warning("store not looked over", metadata: ["reason": "\(error)"])
        }
        shell.tellOfDamage()
    }

    private func makeRoom() throws {
        let disk = try store.diskSpace()
        let floor = freeBytesMin ?? min(disk.totalBytes / 20, Self.floorBytesMax)
        let copies = try store.copies()
        var cache = CacheCore(
            budgetBytes: budgetBytes, floorBytes: floor,
            graceMilliseconds: Self.graceMilliseconds)
        for copy in copies {
            cache.add(
                copy.digest, bytes: copy.byteCount,
                at: Moment(milliseconds: Int64(copy.usedNanoseconds / 1_000_000)))
        }
        let now = Moment(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        let chosen = cache.evictions(
            freeBytes: disk.freeBytes, pinned: pins.withLock { $0 }, at: now)
        if !chosen.isEmpty {
            let places = Dictionary(
                copies.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
            let gone = try store.evict(chosen.compactMap { places[$0] }) { digest in
                pins.withLock { $0.contains(digest) }
            }
            if !gone.isEmpty { tell(.dropped(gone)) }
        }
        note(free: try store.diskSpace().freeBytes, floor: floor)
    }

    private func note(free: Int, floor: Int) {
        let wasFull = isFull.load(ordering: .relaxed)
        // A little more than the floor, lest work starts and stops at every megabyte.
        let isNow = free < (wasFull ? floor + floor / 4 : floor)
        guard isNow != wasFull else { return }
        isFull.store(isNow, ordering: .relaxed)
        if isNow {
            logger.warning(
                "the disk is almost full: no work is taken until there is room",
                metadata: ["free": "\(free >> 20) MiB", "wanted": "\(floor >> 20) MiB"])
        } else {
            logger.info("the disk has room again: work is taken")
        }
    }
}
