import Domain
import Foundation
import Logging
import Scheduling
import Wire

/// Whether the coordinator takes anything in, and why not.
///
/// Two stages: with little room left nothing new is begun, but what runs may finish; once the
/// ledger itself cannot be written, the coordinator's clock stands still and every change waits
/// until the same batch can be written.
struct RoomKeeper {
    /// Why nothing new is begun.
    private(set) var reason: String?
    /// Whether a batch waits for room to be recorded.
    private(set) var isStuck = false
    /// Free room when last looked at, in bytes.
    private(set) var freeBytes = 0
    /// Time that the clock stood still.
    private(set) var stoodStill: Duration = .zero
    private var stuckSince: ContinuousClock.Instant?
    private let folder: URL
    private let reserveBytes: Int?

    /// A keeper of the disk that `folder` is on.
    ///
    /// - Parameter reserveBytes: below this nothing new is begun; nil takes a twentieth of the
    ///   disk, at most 256 MiB.
    init(folder: URL, reserveBytes: Int?) {
        self.folder = folder
        self.reserveBytes = reserveBytes
    }

    /// How long the clock has stood still altogether.
    var pause: Duration {
        guard let since = stuckSince else { return stoodStill }
        return stoodStill + since.duration(to: .now)
    }

    /// Looks at the disk; true when the reason came or went by it.
    mutating func look() -> Bool {
        guard
            let facts = try? FileManager.default.attributesOfFileSystem(forPath: folder.path),
            let free = (facts[.systemFreeSize] as? NSNumber)?.intValue,
            let total = (facts[.systemSize] as? NSNumber)?.intValue
        else { return false }
        freeBytes = free
        let reserve = reserveBytes ?? min(256 << 20, total / 20)
        let was = reason != nil
        // Twice the reserve ends the state, so that it does not flicker.
        let isShort = free < (was ? 2 * reserve : reserve)
        guard isShort || isStuck else {
            reason = nil
            return was
        }
        reason =
            "The disk of \(folder.path) is full (\(free >> 20) MiB are free): nothing new is "
            + "begun until there is room; make some, and everything goes on by itself."
        return !was
    }

    /// A batch could not be recorded.
    mutating func becomeStuck(_ detail: String) {
        isStuck = true
        if stuckSince == nil { stuckSince = .now }
        reason =
            "The ledger in \(folder.path) cannot be written because its disk is full (\(detail)): "
            + "make room, and everything goes on by itself."
    }

    /// The batch is recorded.
    mutating func getGoing() {
        guard let since = stuckSince else { return }
        stoodStill += since.duration(to: .now)
        stuckSince = nil
        isStuck = false
    }
}

extension Engine {
    /// Notes whether there is room, and stops or resumes handing out work.
    mutating func watchRoom() {
        guard room.look() else { return }
        publishRoom()
        if let reason = room.reason {
            logger.error("read-only", metadata: ["reason": "\(reason)"])
        } else {
            logger.notice("there is room again; everything goes on")
        }
        react(to: .granting(room.reason == nil))
    }

    /// Lets other threads see the reason.
    func publishRoom() { readOnly.set(room.reason) }

    /// Answers a worker while nothing can be recorded: it shall ask again.
    func answerLater(_ message: WorkerRequest, _ caller: Caller) {
        let reply = WorkerReply.later(
            milliseconds: 1_000, room.reason ?? "The coordinator is read-only.")
        guard let bytes = try? reply.encoded(forVersion: message.protocolVersion) else { return }
        caller.reply(bytes, logger)
    }
}
