public import Blobs
public import Domain
import Foundation
import Messaging
import Synchronization

/// Brings blobs into a store from whichever holder gives them.
///
/// Sources are asked in the order they are given. One that is silent for the time-out, or gives
/// wrong bytes, is asked last for a while; what arrived from it stays, and the next source gives
/// the rest. Methods block; several threads may call at once, and one blob is then fetched once.
public final class BlobFetcher: Sendable {
    /// For the first sign of life of a holder.
    private static let probeTime = Duration.seconds(3)

    private let store: BlobStore
    private let timeout: Duration
    private let budget: ByteBudget
    private let clients = Mutex<[String: BlobClient]>([:])
    private let underWay = Monitor<Set<Digest>>([])
    private let bench = Bench()

    /// A fetcher for `store`.
    ///
    /// - Parameters:
    ///   - timeout: without any progress for so long, the next source is asked. 20 s by default.
    ///   - budget: what bounds the bytes held in memory; that of the process by default.
    public init(
        store: BlobStore, timeout: Duration = .seconds(20), budget: ByteBudget = .shared
    ) {
        self.store = store
        self.timeout = timeout
        self.budget = budget
    }

    /// Ends all connections.
    public func close() {
        let open = clients.withLock { open in
            let all = open.values
            open = [:]
            return Array(all)
        }
        for client in open { client.close() }
    }

    /// Whether the holder is asked last at present.
    public func isBenched(_ address: String) -> Bool { bench.reason(of: address) != nil }

    /// A client of the server at `address`, kept for the next time.
    ///
    /// - Throws: a `MessagingError` at once when nothing listens there.
    public func client(_ address: String) throws -> BlobClient {
        if let client = clients.withLock({ $0[address] }) { return client }
        // Dialling in the background would tell only after the whole time-out.
        try Requester.probe(url: address, timeout: min(timeout, Self.probeTime))
        return try clients.withLock { open in
            if let client = open[address] { return client }
            let client = try BlobClient(address: address, timeout: timeout, budget: budget)
            open[address] = client
            return client
        }
    }

    /// Ends the connection to a holder that does not answer, and asks it last from now on.
    public func giveUp(_ address: String) {
        bench.put(address, because: .silent)
        clients.withLock { $0.removeValue(forKey: address) }?.close()
    }

    /// Brings the blob into the store, unless the store's own folder has it.
    ///
    /// - Parameters:
    ///   - sources: whom to ask, best first.
    ///   - synced: whether the blob survives a power cut once it is here; it need not, by default.
    /// - Throws: ``TransferError/unavailable(_:lastReason:)`` when no source gives it,
    ///   ``TransferError/passRefused(address:reason:)`` when that may be only for want of a new
    ///   pass, or ``Blobs/BlobError/noSpace(path:neededBytes:)``, with nothing left behind.
    public func fetch(
        _ digest: Digest, from sources: [BlobSource], synced: Bool = false
    ) throws {
        waitForTurn(digest)
        defer { underWay.change { $0.remove(digest) } }
        if store.contains(digest) { return }
        var receipt: ChunkedReceipt?
        var reason = "nobody is known to hold it."
        var refusal: TransferError?
        for source in ordered(sources) {
            do {
                try fetch(digest, from: source, into: &receipt, synced)
                return bench.release(source.address)
            } catch let error as BlobError {
                if case .noSpace = error { throw error }
                reason = error.description
                if case .wrongChunk = error { complain(of: digest, to: source) }
            } catch {
                if case .passRefused? = error as? TransferError {
                    refusal = error as? TransferError
                }
                if error is MessagingError { giveUp(source.address) }
                reason = "\(error)"
            }
        }
        throw refusal ?? TransferError.unavailable(digest, lastReason: reason)
    }

    /// A blob that another thread is fetching is waited for: it may well be here then.
    private func waitForTurn(_ digest: Digest) {
        while true {
            var isOurs = false
            underWay.change { isOurs = $0.insert(digest).inserted }
            if isOurs { return }
            _ = underWay.wait { !$0.contains(digest) }
        }
    }

    private func fetch(
        _ digest: Digest, from source: BlobSource, into receipt: inout ChunkedReceipt?,
        _ synced: Bool
    ) throws {
        let client = try client(source.address)
        let open: ChunkedReceipt
        if let known = receipt {
            open = known
        } else {
            open = try store.receive(
                try client.manifest(of: digest, pass: source.pass), synced: synced)
            receipt = open
        }
        try client.fill(open, pass: source.pass)
        _ = try open.commit()
    }

    /// Those on the bench come last: each may cost a time-out. One that gave wrong bytes comes
    /// last of all.
    private func ordered(_ sources: [BlobSource]) -> [BlobSource] {
        var ready: [BlobSource] = []
        var silent: [BlobSource] = []
        var wrong: [BlobSource] = []
        for source in sources {
            switch bench.reason(of: source.address) {
            case nil: ready.append(source)
            case .silent: silent.append(source)
            case .wrongBytes: wrong.append(source)
            }
        }
        return ready + silent + wrong
    }

    /// Tells the holder, which looks at its copy and puts it aside if it is damaged.
    private func complain(of digest: Digest, to source: BlobSource) {
        bench.put(source.address, because: .wrongBytes)
        try? client(source.address).suspect(digest, pass: source.pass)
    }

    /// Tells a holder on this host that its folder has wrong bytes of the blob.
    public func complain(of digest: Digest, to sources: [BlobSource]) {
        for source in sources {
            try? client(source.address).suspect(digest, pass: source.pass)
        }
    }
}
