public import Domain
public import Identity
internal import Wire

/// What a request does to the cluster: the coarse kinds that roles are about.
public enum Action: String, Sendable, CaseIterable {
    /// See jobs, tasks, workers, health and explanations.
    case read
    /// Start a job, and send what it needs.
    case submit
    /// Stop a job.
    case cancel
    /// Drain workers, back up, make tokens, revoke.
    case administer
}

/// Which role may do what; everything else is refused.
public enum Permissions {
    /// Whether `role` may do `action`.
    public static func allows(_ role: Role, _ action: Action) -> Bool {
        switch role {
        case .worker: false
        case .viewer: action == .read
        case .submitter: action != .administer
        case .admin: true
        }
    }

    /// - Throws: ``SessionError/notAllowed(_:_:)``.
    public static func check(_ principal: Principal, may action: Action) throws(SessionError) {
        guard allows(principal.role, action) else {
            throw .notAllowed(principal.description, action)
        }
    }

    /// Reads a worker's request, and checks that it speaks for itself: the request and every lease
    /// in it must name the session's own worker. Where there are no sessions, all are believed.
    ///
    /// - Parameter inner: with its first byte 'W'.
    /// - Throws: ``SessionError/wire(_:)`` or ``SessionError/notThisWorker(_:_:)``.
    public static func workerRequest(
        decoding inner: [UInt8], from principal: Principal
    ) throws(SessionError) -> WorkerRequest {
        guard inner.first == ControlEnvelope.worker else {
            throw .wire(.malformed(message: "worker request"))
        }
        let request: WorkerRequest
        do { request = try WorkerRequest(decoding: Array(inner.dropFirst())) } catch {
            throw .wire(error)
        }
        guard principal.session != nil else { return request }
        let speakers = [request.worker] + request.body.leases.map(\.worker)
        for worker in speakers
        where principal.role != .worker || worker.description != principal.name {
            throw .notThisWorker(principal.description, worker)
        }
        return request
    }

    /// What a command of that role may do with the coordinator's own blobs; nil for nothing.
    ///
    /// Workers get a pass for the blobs of each lease instead.
    public static func blobRights(of role: Role) -> BlobRights? {
        switch role {
        case .worker, .viewer: nil
        case .submitter, .admin: BlobRights(getAny: true, mayPut: true)
        }
    }
}

extension WorkerRequest.Body {
    /// The leases that the request speaks of.
    fileprivate var leases: [LeaseToken] {
        switch self {
        case .hello(_, let running): running
        case .beat(let running, _, _, _): running
        case .commit(let token, _, _, _): [token]
        case .fail(let token, _): [token]
        case .release(let tokens): tokens
        case .holdings, .lease, .goodbye: []
        }
    }
}
