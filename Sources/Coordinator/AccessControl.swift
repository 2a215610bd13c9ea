import Domain
import Foundation
import Identity
import Ledger
import Messaging
import Sessions
import Transfer

/// Who may speak to the coordinator, and what its peers may have of whose blobs.
struct AccessControl {
    /// The ledger's document that holds tokens, names and denials.
    private static let document = "access"
    /// How long a pass is good for. A lease that lasts longer asks another holder or runs again.
    private static let passMilliseconds: Int64 = 24 * 3_600_000
    /// Results may be sent for as long as a session can last, and longer than any pause.
    private static let resultPassMilliseconds: Int64 = 7 * 24 * 3_600_000

    private var gatekeeper: Gatekeeper
    private var random = SystemRandomNumberGenerator()
    /// What tickets for the coordinator's own blobs are sealed under: new at each start.
    private let ownKey: TicketKey?
    /// When the coordinator's certificate ends.
    let certificateExpiresUnixMs: Int64?

    /// Reads the book from the ledger.
    init(_ door: Door, ledger: Ledger) throws {
        var book = AccessBook()
        if let bytes = try ledger.document(named: Self.document) {
            book = try CanonicalJSON.decode(AccessBook.self, from: bytes)
        }
        gatekeeper = Gatekeeper(
            authority: door.guardian?.authority, book: book, ownUserID: Self.userID)
        ownKey = door.isGuarded ? TicketKey(random: &random) : nil
        certificateExpiresUnixMs = door.guardian?.credentials.server.endsUnixMs
    }

    private static var userID: UInt32 { geteuid() }

    /// What the coordinator's server of blobs opens frames with; nil without identities.
    var blobKeys: HolderKeys? { ownKey.map { HolderKeys($0) } }

    /// Looks at a frame that came in.
    mutating func judge(_ request: IncomingRequest, nowUnixMs: Int64) -> Verdict {
        let origin = Origin(
            request.origin, peer: request.peer, joinListener: ListenerKeeper.join,
            allowsPlain: gatekeeper.authority == nil)
        guard let origin else { return .drop }
        return gatekeeper.handle(
            request.body, from: origin, nowUnixMs: nowUnixMs, random: &random)
    }

    /// What is to be recorded before anything is answered.
    mutating func takeChanges() -> [LedgerChange] {
        guard let book = gatekeeper.takeChangedBook(),
            let bytes = try? CanonicalJSON.encode(book)
        else { return [] }
        return [.document(name: Self.document, bytes)]
    }

    mutating func forget(_ peer: PeerID) { gatekeeper.forget(peer) }

    mutating func prune(nowUnixMs: Int64) { gatekeeper.prune(nowUnixMs: nowUnixMs) }

    mutating func makeToken(
        _ role: Role, uses: Int, lifeMilliseconds: Int64, nowUnixMs: Int64
    ) throws -> String {
        guard gatekeeper.authority != nil else { throw CoordinatorError.noIdentities }
        return try gatekeeper.issueToken(
            role, uses: uses, lifeMilliseconds: lifeMilliseconds, nowUnixMs: nowUnixMs,
            random: &random
        ).text
    }

    mutating func revoke(_ what: String) throws -> String {
        guard gatekeeper.authority != nil else { throw CoordinatorError.noIdentities }
        return try gatekeeper.revoke(what)
    }

    // MARK: Passes

    /// For exactly these blobs of a worker; nil without identities.
    mutating func pass(
        to digests: [Digest], of holder: WorkerID, nowUnixMs: Int64
    ) -> BlobPass? {
        guard let key = gatekeeper.ticketKey(ofWorker: holder) else { return nil }
        return makePass(key, digests, nowUnixMs)
    }

    /// For the inputs of a lease that the coordinator holds itself.
    mutating func passForInputs(_ digests: [Digest], nowUnixMs: Int64) -> BlobPass? {
        guard let ownKey else { return nil }
        return makePass(ownKey, digests, nowUnixMs)
    }

    /// For sending results to the coordinator.
    mutating func passForResults(nowUnixMs: Int64) -> BlobPass? {
        ownKey?.makePass(
            BlobRights(getAny: false, mayPut: true),
            expiresUnixMs: nowUnixMs + Self.resultPassMilliseconds, random: &random)
    }

    /// For a person's command, as far as the role allows.
    mutating func pass(for principal: Principal, nowUnixMs: Int64) -> BlobPass? {
        guard let rights = Permissions.blobRights(of: principal.role) else { return nil }
        return ownKey?.makePass(
            rights, expiresUnixMs: nowUnixMs + Self.passMilliseconds, random: &random)
    }

    private mutating func makePass(
        _ key: TicketKey, _ digests: [Digest], _ nowUnixMs: Int64
    ) -> BlobPass? {
        // More than a ticket can list: whoever reads so many may read all.
        let rights =
            (try? BlobRights(get: digests)) ?? BlobRights(getAny: true, mayPut: false)
        return key.makePass(
            rights, expiresUnixMs: nowUnixMs + Self.passMilliseconds, random: &random)
    }
}

extension ClientRequest {
    /// What the request does to the cluster.
    var action: Action {
        switch self {
        case .job, .jobs, .tasks, .workers, .identify, .health, .explain: .read
        case .submit: .submit
        case .cancel: .cancel
        case .drain, .backup, .makeToken, .revoke: .administer
        }
    }
}
