public import Blobs
import Domain
import Foundation
import Ledger
public import Logging
import Messaging
public import ServiceLifecycle
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
    private let servers = Mutex<(control: Replier, blobs: BlobServer)?>(nil)
    /// The coordinator's blobs; a submitter on the same machine may add references to it.
    public let store: BlobStore
    /// Where workers and commands connect, with the real port.
    public let controlAddress: String
    /// Where blobs are served, with the real port.
    public let blobAddress: String

    /// Opens the ledger and the store, takes up unfinished jobs, and listens.
    ///
    /// - Throws: when the folder is in use by another coordinator, the ledger is damaged or of
    ///   a newer version, or the address is taken.
    public init(_ configuration: CoordinatorConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        try FileManager.default.createDirectory(
            at: configuration.dataFolder, withIntermediateDirectories: true)
        let ledger = try Self.openLedger(configuration)
        store = try BlobStore(root: configuration.storeFolder)
        let mailbox = mailbox
        let blobs = try BlobServer(
            url: configuration.blobAddress, store: store,
            intake: .open(stored: { mailbox.put(.stored($0.digest)) }))
        blobAddress = blobs.address
        let control: Replier
        do {
            control = try Replier(
                url: configuration.controlAddress, receiveLimit: Limits.controlMessageBytes,
                onRequest: { mailbox.put(.request($0)) },
                onDisconnect: { mailbox.put(.disconnected($0)) })
        } catch {
            blobs.close()
            throw error
        }
        controlAddress = control.localURL
        servers.withLock { $0 = (control, blobs) }
        let engine = try Engine(
            configuration: configuration, ledger: ledger, store: store,
            blobAddress: blobs.address, logger: logger)
        startThread(engine)
    }

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
            metadata: ["control": "\(controlAddress)", "blobs": "\(blobAddress)"])
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
        open?.control.close()
        open?.blobs.close()
    }
}

/// What arrives at the coordinator's thread.
enum Letter: Sendable {
    /// A worker's or a command's request.
    case request(IncomingRequest)
    /// A connection ended.
    case disconnected(PeerID)
    /// A blob arrived in the store.
    case stored(Digest)
}
