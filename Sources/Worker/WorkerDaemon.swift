import Blobs
import CSystem
public import Domain
import Foundation
import Linalg
public import Logging
public import ServiceLifecycle
import Synchronization
import Transfer
import WorkerCore

/// A worker: asks a coordinator for tasks and runs each in a child process.
public final class WorkerDaemon: Service {
    private let configuration: WorkerConfiguration
    private let logger: Logger
    private let identity: WorkerIdentity
    private let server: BlobServer
    private let store: BlobStore
    private let shell: WorkerShell
    private let terminations = Mutex(0)

    /// The worker's name.
    public var id: WorkerID { identity.id }
    /// Which start of its process, from 1.
    public var incarnation: UInt64 { identity.incarnation }

    /// Opens the store and begins to connect.
    public init(_ configuration: WorkerConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        spokeshave_ignore_broken_pipes()
        var random = SystemRandomNumberGenerator()
        identity = try WorkerIdentity(
            in: configuration.dataFolder, named: configuration.name, drawing: { random.next() })
        store = try BlobStore(root: configuration.storeFolder)
        try store.sweepTemporaryFiles(now: Date())
        server = try BlobServer(
            url: configuration.blobAddress, store: store, intake: .closed,
            keys: configuration.holderKeys)
        let fetcher = InputFetcher(
            store: store, root: configuration.storeFolder, host: configuration.host)
        shell = WorkerShell(
            configuration, identity: identity, store: store, fetcher: fetcher,
            connection: try configuration.connect(identity.incarnation), logger: logger)
    }

    /// Works until it has drained or was stopped, or until the coordinator refuses this worker
    /// for good.
    ///
    /// - Throws: ``WorkerError/refused(reason:)``.
    public func run() async throws {
        logger.info("worker starts", metadata: ["worker": "\(identity.id)"])
        let refusal = await withGracefulShutdownHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread { continuation.resume(returning: self.work()) }
                thread.name = "core"
                thread.start()
            }
        } onGracefulShutdown: {
            self.drain()
        }
        if let refusal { throw WorkerError.refused(reason: refusal) }
    }

    /// Finishes what runs, hands back what does not end in time, sends the coordinator what only
    /// this worker holds, and leaves. Calling it again changes nothing.
    public func drain() {
        terminations.withLock { count in
            guard count == 0 else { return }
            count = 1
            shell.terminate()
        }
    }

    /// Hands everything back and stops at once.
    public func stopNow() {
        terminations.withLock { count in
            while count < 2 {
                count += 1
                shell.terminate()
            }
        }
    }

    /// Makes the first SIGTERM or SIGINT drain, the second stop now, and the third end the
    /// process as usual. Call it once, and give the signals to nobody else.
    public func obeySignals() throws {
        try Interruptions.watch { [self] number, count in
            logger.info(
                count == 1 ? "draining; a second signal stops at once" : "stopping now",
                metadata: ["signal": "\(number)"])
            if count == 1 { drain() } else { stopNow() }
            return count < 2
        }
    }

    /// Runs everything to its end, on the calling thread.
    ///
    /// - Returns: why the coordinator does not want this worker, if so.
    func work() -> String? {
        let profile = WorkerProfile(
            slots: configuration.slots,
            memoryBytesPerSlot: configuration.memoryBytesPerSlot, host: configuration.host,
            blobAddress: server.address, storePath: configuration.storeFolder.path,
            software: configuration.software, core: coreName())
        let reason = shell.run(profile)
        server.close()
        // Nothing will be resumed: what ran was finished or handed back.
        do { try store.sweepTemporaryFiles(now: Date(), sparing: -1) } catch {
            logger.warning("unfinished files stay", metadata: ["reason": "\(error)"])
        }
        logger.info("worker ends", metadata: ["reason": "\(reason)"])
        if case .refused(let text) = reason { return text }
        return nil
    }
}
