import Domain
import Synchronization

/// The leases that this worker holds, shared between its threads.
final class RunningLeases: Sendable {
    private struct Entry {
        let child: ChildProcess
        let inputs: Set<Digest>
        var isCancelled = false
    }

    private let entries = Mutex<[LeaseToken: Entry]>([:])

    /// All of them, in order.
    var tokens: [LeaseToken] { entries.withLock { $0.keys.sorted() } }

    /// Blobs that running tasks read.
    var pinned: Set<Digest> {
        entries.withLock { $0.values.reduce(into: []) { $0.formUnion($1.inputs) } }
    }

    func add(_ grant: WorkGrant, on child: ChildProcess) {
        let inputs = Set(grant.inputs.map(\.blob.digest))
        entries.withLock { $0[grant.token] = Entry(child: child, inputs: inputs) }
    }

    /// Ends a lease.
    func remove(_ token: LeaseToken) {
        entries.withLock { _ = $0.removeValue(forKey: token) }
    }

    /// Whether the coordinator does not want the result any more.
    func isCancelled(_ token: LeaseToken) -> Bool {
        entries.withLock { $0[token]?.isCancelled ?? true }
    }

    /// Stops what a token runs.
    func cancel(_ token: LeaseToken) {
        let child = entries.withLock { entries in
            entries[token]?.isCancelled = true
            return entries[token]?.child
        }
        child?.kill(ifRunning: token)
    }
}
