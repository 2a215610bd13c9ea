import Blobs
import CSystem
public import Domain
import Foundation
import Linalg
public import Logging
public import ServiceLifecycle
import Synchronization
import Transfer

/// A worker: one thread that keeps the membership, one that beats, one for each slot.
///
/// Nothing heavy runs in this process, so a beat is never late because of a computation.
public final class WorkerDaemon: Service {
    private let configuration: WorkerConfiguration
    private let logger: Logger
    private let identity: WorkerIdentity
    private let store: BlobStore
    private let server: BlobServer
    private let link: ControlLink
    private let fetcher: InputFetcher
    private let membership = Membership()
    private let leases = RunningLeases()
    private let children: [ChildProcess]
    private let dropped = Mutex<[Digest]>([])

    /// The worker's name.
    public var id: WorkerID { identity.id }

    /// Opens the store and begins to connect.
    public init(_ configuration: WorkerConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        spokeshave_ignore_broken_pipes()
        var random = SystemRandomNumberGenerator()
        identity = try WorkerIdentity(in: configuration.dataFolder, drawing: { random.next() })
        store = try BlobStore(root: configuration.storeFolder)
        try store.sweepTemporaryFiles(now: Date())
        server = try BlobServer(url: configuration.blobAddress, store: store, intake: .closed)
        link = try ControlLink(address: configuration.coordinator, identity: identity)
        fetcher = InputFetcher(
            store: store, root: configuration.storeFolder, host: configuration.host)
        children = (0..<configuration.slots).map { _ in ChildProcess(configuration) }
    }

    /// Works until a graceful shutdown, or until the coordinator refuses this worker for good.
    public func run() async throws {
        logger.info("worker starts", metadata: ["worker": "\(identity.id)"])
        await withGracefulShutdownHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread {
                    self.serve()
                    continuation.resume()
                }
                thread.start()
            }
        } onGracefulShutdown: {
            self.stop()
        }
        if let reason = membership.reason { throw reason }
    }

    /// Hands leases back and stops.
    public func stop() {
        membership.stop()
        for child in children { child.end() }
    }

    /// Runs all threads to their end.
    private func serve() {
        let crew = ThreadCrew()
        for (index, child) in children.enumerated() {
            let slot = Slot(
                index: index, link: link, child: child, fetcher: fetcher, leases: leases,
                membership: membership, logger: logger)
            crew.start("slot-\(index)") { slot.run() }
        }
        crew.start("beat") { self.beat() }
        crew.start("membership") { self.keepMembership() }
        membership.waitUntilStopping()
        // One last beat: what nobody needs any more is deleted before the worker leaves.
        try? beatOnce(triesMax: 1)
        _ = try? link.ask(
            .goodbye, channel: "membership", timeout: .seconds(1), triesMax: 1)
        link.close()
        crew.waitForAll()
        fetcher.close()
        server.close()
    }

    private func keepMembership() {
        while membership.waitUntilHelloIsDue() {
            do { try sayHello() } catch WorkerError.stopping { return } catch {
                membership.fail(error)
                return
            }
        }
    }

    private func sayHello() throws {
        let held = try store.list().map(\.digest)
        var first = true
        var start = 0
        repeat {
            let end = min(start + Limits.digestsPerMessageMax, held.count)
            _ = try link.ask(
                .holdings(Array(held[start..<end]), first: first), channel: "membership",
                timeout: .seconds(20))
            (start, first) = (end, false)
        } while start < held.count
        let profile = WorkerProfile(
            slots: configuration.slots,
            memoryBytesPerSlot: configuration.memoryBytesPerSlot, host: configuration.host,
            blobAddress: server.address, storePath: configuration.storeFolder.path,
            software: configuration.software, core: coreName())
        let reply = try link.ask(
            .hello(profile, running: leases.tokens), channel: "membership",
            timeout: .seconds(20))
        switch reply {
        case .welcome(let coordinator):
            fetcher.welcome(coordinator)
            membership.hasJoined()
            logger.info(
                "worker joined",
                metadata: ["worker": "\(identity.id)", "blobs": "\(held.count)"])
        case .refused(let reason, let isFinal):
            guard !isFinal else { throw WorkerError.refused(reason: reason) }
            Thread.sleep(forTimeInterval: 1)
        default: Thread.sleep(forTimeInterval: 1)
        }
    }

    private func beat() {
        var seconds = 1.0
        while membership.waitUntilJoined() {
            do { try beatOnce() } catch WorkerError.stopping { return } catch {
                membership.fail(error)
                return
            }
            membership.pause(seconds: seconds)
            // Beats come often enough for released blobs to go while a job is running.
            seconds = min(Double(Limits.beatMilliseconds) / 1_000, 1)
        }
    }

    private func beatOnce(triesMax: Int = .max) throws {
        evict()
        let gone = dropped.withLock { list in
            let page = Array(list.prefix(Limits.digestsPerMessageMax))
            list.removeFirst(page.count)
            return page
        }
        let processes = ["self"] + children.compactMap { $0.processID.map { "\($0)" } }
        let memory = processes.reduce(0) { $0 + MemoryMeter.anonymousBytes(of: $1) }
        let reply = try link.ask(
            .beat(running: leases.tokens, dropped: gone, anonymousBytes: memory),
            channel: triesMax == 1 ? "last-beat" : "beat",
            timeout: .seconds(triesMax == 1 ? 2 : 10), triesMax: triesMax)
        switch reply {
        case .beat(let cancel, let release, let drain):
            for token in cancel { leases.cancel(token) }
            remove(release)
            if drain { membership.drain() }
        case .sayHello: membership.rejoin()
        default: break
        }
    }

    private func remove(_ digests: [Digest]) {
        for digest in digests {
            do { try store.remove(digest) } catch {
                logger.warning("blob not removed", metadata: ["reason": "\(error)"])
            }
        }
        dropped.withLock { $0 += digests }
    }

    /// Keeps the store within its budget; what goes is told with the next beat.
    private func evict() {
        do {
            let gone = try store.evict(
                toBudget: configuration.cacheBytesMax, keeping: leases.pinned, now: Date())
            if !gone.isEmpty { dropped.withLock { $0 += gone } }
        } catch {
            logger.warning("eviction failed", metadata: ["reason": "\(error)"])
        }
    }
}
