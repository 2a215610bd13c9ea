import Domain
import Foundation
import Ledger
import Logging
import Synchronization
import Wire

/// Copies the ledger on a thread of its own, so that nobody waits for it but those who asked.
final class BackupDesk: Sendable {
    private let ledger: Ledger
    private let folder: URL
    private let logger: Logger
    /// Those who wait for the copy that is being made; nil while none is.
    private let waiting = Mutex<[Caller]?>(nil)

    /// A desk that puts copies of `ledger` into `folder`.
    init(_ ledger: Ledger, folder: URL, logger: Logger) {
        self.ledger = ledger
        self.folder = folder
        self.logger = logger
    }

    /// Makes a copy and answers `caller` then; who asks meanwhile gets the same copy.
    func make(for caller: Caller, unixMs: Int64) {
        let isFirst = waiting.withLock { waiting in
            defer { waiting = (waiting ?? []) + [caller] }
            return waiting == nil
        }
        guard isFirst else { return }
        let thread = Thread { [self] in
            let reply = copy(unixMs)
            let callers = waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting ?? []
            }
            guard let bytes = try? reply.encoded() else { return }
            for caller in callers { caller.reply(bytes, logger) }
        }
        thread.name = "backup"
        thread.start()
    }

    private func copy(_ unixMs: Int64) -> ClientReply {
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true)
            let file = folder.appendingPathComponent("ledger-\(unixMs).sqlite")
            try ledger.backup(to: file)
            logger.notice("ledger copied", metadata: ["file": "\(file.path)"])
            return .answer(try CanonicalJSON.encode(Confirmation(text: file.path)))
        } catch {
            logger.error("ledger not copied", metadata: ["reason": "\(error)"])
            return .refused("The ledger was not copied: \(error)", notFound: false)
        }
    }
}
