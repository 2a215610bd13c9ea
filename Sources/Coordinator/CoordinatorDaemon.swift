public import Blobs
import Domain
import Foundation
import Ledger
public import Logging
import Messaging
public import ServiceLifecycle
import Sessions
import Synchronization
import Transfer

/// The coordinator: a thread that owns all state, and servers that only put letters in its box.
///
/// A batch of letters is handled in memory, recorded in one transaction, and only then
/// answered, so that the world never hears of what a crash could undo.
public final class CoordinatorDaemon: Service {
    private let configuration: CoordinatorConfiguration
    private let logger: Logger
    private let mailbox = Mailbox<Letter>(capacity: 100_000)
    private let ended = Mailbox<String?>(capacity: 1)
    private let failure = Mutex<String?>(nil)
    private let readOnly = ReadOnlyNotice()
    private let servers = Mutex<OpenServers?>(nil)
    /// The coordinator's blobs; a submitter on the same machine may add references to it.
    public let store: BlobStore
    /// Where workers and commands connect, with the real port.
    public let controlAddress: String
    /// Where blobs are served, with the real port.
    public let blobAddress: String
    /// Where machines join, with the real port; nil in a cluster without identities.
    public let joinAddress: String?

    /// Opens the ledger and the store, takes up unfinished jobs, and listens.
    ///
    /// - Throws: when the folder is in use by another coordinator, the ledger is damaged or of
    ///   a newer version, or the address is taken.
    public init(_ configuration: CoordinatorConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        let ledger = try Self.openLedger(configuration)
        store = try BlobStore(root: configuration.storeFolder)
        try store.sweepTemporaryFiles(now: Date())
        let door = try Door(configuration)
        let access = try AccessControl(door, ledger: ledger)
        let blobs = try Self.serveBlobs(configuration, store, access.blobKeys, mailbox)
        blobAddress = blobs.address
        let control: Replier
        do { control = try Self.listen(configuration, door, mailbox) } catch {
            blobs.close()
            throw error
        }
        let urls = control.localURLs
        controlAddress = urls[0]
        joinAddress = door.isGuarded ? urls[1] : nil
        let figures = ListenerFigures()
        let keeper = door.keeper(of: control, url: urls[0], figures: figures, logger: logger)
        servers.withLock {
            $0 = OpenServers(control: control, blobs: blobs, keeper: keeper)
        }
        let engine = try Engine(
            configuration: configuration, ledger: ledger, store: store,
            blobAddress: blobs.address, access: access, readOnly: readOnly,
            listenerFigures: figures, logger: logger)
        startThread(engine)
    }

    private static func listen(
        _ configuration: CoordinatorConfiguration, _ door: Door, _ mailbox: Mailbox<Letter>
    ) throws -> Replier {
        try Replier(
            listeners: door.listeners(configuration), receiveLimit: Door.frameBytes,
            onRequest: { mailbox.put(.request($0)) },
            onDisconnect: { mailbox.put(.disconnected($0), mustArrive: true) })
    }

    private static func serveBlobs(
        _ configuration: CoordinatorConfiguration, _ store: BlobStore,
        _ keys: HolderKeys?, _ mailbox: Mailbox<Letter>
    ) throws -> BlobServer {
        try BlobServer(
            url: configuration.blobAddress, store: store,
            intake: .open(stored: { mailbox.put(.stored($0.digest), mustArrive: true) }),
            keys: keys, damaged: { mailbox.put(.damaged($0), mustArrive: true) })
    }

    /// Why nothing is taken in at the moment, if so.
    public var readOnlyReason: String? { readOnly.reason }

    private static func openLedger(_ configuration: CoordinatorConfiguration) throws -> Ledger {
        do { return try Ledger(file: configuration.ledgerFile) } catch {
            switch error {
            case .inUse: throw CoordinatorError.inUse(path: configuration.dataFolder.path)
            case .noSpace: throw CoordinatorError.noSpace(reason: error.description)
            default: throw error
            }
        }
    }

    /// Why the coordinator stopped by itself, if it did.
    public var stopReason: String? { failure.withLock { $0 } }

    private func startThread(_ engine: consuming Engine) {
        let owned = Mutex<Engine?>(engine)
        let (mailbox, ended, logger) = (mailbox, ended, logger)
        let thread = Thread { [weak self] in
            // The engine belongs to this thread from here on.
            guard var engine = owned.withLock({ $0.take() }) else { return }
            do {
                try engine.run(mailbox)
                ended.put(nil)
            } catch {
                logger.critical("coordinator stopped", metadata: ["reason": "\(error)"])
                mailbox.close()
                self?.failure.withLock { $0 = "\(error)" }
                // Whoever waits for an answer shall hear at once that none will come.
                self?.closeServers()
                ended.put("\(error)")
            }
        }
        thread.name = "coordinator"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Serves until a graceful shutdown or a failure that forbids going on.
    public func run() async throws {
        logger.info(
            "coordinator listens",
            metadata: [
                "control": "\(controlAddress)", "blobs": "\(blobAddress)",
                "join": "\(joinAddress ?? "-")", "local": "\(configuration.localAddress ?? "-")",
            ])
        let reason = await withGracefulShutdownHandler {
            await withCheckedContinuation { continuation in
                let ended = ended
                let thread = Thread {
                    continuation.resume(returning: ended.takeOne() ?? nil)
                }
                thread.start()
            }
        } onGracefulShutdown: {
            self.mailbox.close()
        }
        closeServers()
        if let reason { throw CoordinatorError.stopped(reason: reason) }
    }

    /// Stops and waits until the last batch is recorded.
    public func stop() {
        mailbox.close()
        _ = ended.takeOne()
        closeServers()
    }

    private func closeServers() {
        let open = servers.withLock { slot in
            let open = slot
            slot = nil
            return open
        }
        open?.keeper?.stop()
        open?.control.close()
        open?.blobs.close()
    }
}

/// What a coordinator has open to the world.
private struct OpenServers {
    let control: Replier
    let blobs: BlobServer
    let keeper: ListenerKeeper?
}

/// What arrives at the coordinator's thread.
enum Letter: Sendable {
    /// A worker's or a command's request.
    case request(IncomingRequest)
    /// A connection ended.
    case disconnected(PeerID)
    /// A blob arrived in the store.
    case stored(Digest)
    /// A blob of the store was found damaged and put aside.
    case damaged(Digest)
}
