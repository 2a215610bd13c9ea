import Domain
import Messaging

/// Blobs that a server has told of.
final class Arrivals: Sendable {
    private struct State: Sendable {
        var list: [BlobReference] = []
        var refusals = 0
    }

    private let state = Monitor(State())

    var all: [BlobReference] { state.read(\.list) }

    /// Refuses the next `count` news.
    func refuse(_ count: Int) { state.change { $0.refusals = count } }

    /// Whether the news was taken.
    func take(_ blob: BlobReference) -> Bool {
        var isTaken = false
        state.change { state in
            if state.refusals > 0 {
                state.refusals -= 1
            } else {
                state.list.append(blob)
                isTaken = true
            }
        }
        return isTaken
    }

    /// Waits until so many have come.
    func wait(for count: Int) -> [BlobReference] {
        state.wait { $0.list.count >= count }.list
    }
}
