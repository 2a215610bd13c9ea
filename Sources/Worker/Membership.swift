import Foundation
import Messaging

/// Whether the worker belongs to its cluster now, for all its threads.
final class Membership: Sendable {
    private struct State: Sendable {
        var joined = false
        var stopping = false
        var draining = false
        var failure: (any Error)?
    }

    private let state = Monitor(State())

    var isStopping: Bool { state.read(\.stopping) }
    var isDraining: Bool { state.read(\.draining) }
    /// Why the worker gave up, if it did.
    var reason: (any Error)? { state.read(\.failure) }

    /// Waits until the coordinator knows this worker; false when the worker stops instead.
    func waitUntilJoined() -> Bool {
        !state.wait { $0.joined || $0.stopping }.stopping
    }

    /// Waits until the coordinator wants to hear a hello (again); false when the worker stops.
    func waitUntilHelloIsDue() -> Bool {
        !state.wait { !$0.joined || $0.stopping }.stopping
    }

    /// Waits until the worker is told to stop or gives up.
    func waitUntilStopping() {
        _ = state.wait { $0.stopping }
    }

    /// Waits for the next beat's time, or less when the worker stops.
    func pause(seconds: Double) {
        _ = state.wait(
            until: { $0.stopping }, orUntil: Date().addingTimeInterval(seconds))
    }

    func hasJoined() { state.change { $0.joined = true } }

    /// The coordinator does not know us (any more).
    func rejoin() { state.change { $0.joined = false } }

    func drain() { state.change { $0.draining = true } }

    func stop() { state.change { $0.stopping = true } }

    func fail(_ error: any Error) {
        state.change {
            $0.failure = $0.failure ?? error
            $0.stopping = true
        }
    }
}
