import Blobs
import Domain
import Foundation
import Logging
import Scheduling

extension Engine {
    /// Once a minute, or at once when room is short: lets go of blobs that no open job needs,
    /// those used longest ago first.
    mutating func keepStore() {
        let isDue = keptStoreAt.duration(to: .now) > .seconds(room.reason == nil ? 60 : 5)
        guard isDue else { return }
        keptStoreAt = .now
        do {
            let gone = try store.evict(
                toBudget: configuration.storeBytesMax, keeping: scheduler.neededDigests,
                now: Date())
            guard !gone.isEmpty else { return }
            logger.notice("blobs let go", metadata: ["count": "\(gone.count)"])
            react(to: .coordinatorLost(gone))
        } catch {
            logger.warning("store not kept", metadata: ["reason": "\(error)"])
        }
    }
}
