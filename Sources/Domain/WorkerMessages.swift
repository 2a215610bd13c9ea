/// What a worker tells of itself when it says hello.
public struct WorkerProfile: Hashable, Sendable, Codable {
    /// How many tasks it runs at once.
    public let slots: Int
    /// Anonymous memory that one task may use, in bytes.
    public let memoryBytesPerSlot: Int
    /// Equal for workers that can read each other's blob folders.
    public let host: String
    /// Where peers fetch blobs from it.
    public let blobAddress: String
    /// Its blob folder.
    public let storePath: String
    /// Version of its software.
    public let software: String
    /// OpenBLAS's core type there.
    public let core: String

    /// A profile from its parts.
    public init(
        slots: Int, memoryBytesPerSlot: Int, host: String, blobAddress: String,
        storePath: String, software: String, core: String
    ) {
        self.slots = slots
        self.memoryBytesPerSlot = memoryBytesPerSlot
        self.host = host
        self.blobAddress = blobAddress
        self.storePath = storePath
        self.software = software
        self.core = core
    }
}

/// A worker's request with all that makes a repeat recognisable.
public struct WorkerRequest: Sendable, Hashable {
    /// What is asked.
    public enum Body: Sendable, Hashable {
        /// Introduces the worker; `running` are leases that it still works on.
        case hello(WorkerProfile, running: [LeaseToken])
        /// A page of the blobs that its store holds, sent before hello; `first` starts anew.
        case holdings([Digest], first: Bool)
        /// Asks for work for one slot; answered when there is some, or after a while.
        case lease(slot: Int)
        /// Says that it lives, what it runs, which blobs it no longer holds, and which of those
        /// it found damaged.
        case beat(
            running: [LeaseToken], dropped: [Digest], damaged: [Digest], anonymousBytes: Int)
        /// A result; `next` names a slot for which work is asked for at the same time.
        case commit(LeaseToken, TaskResult, TaskMeasurements, next: Int? = nil)
        /// A failed attempt.
        case fail(LeaseToken, TaskFailure)
        /// Hands leases back unharmed.
        case release([LeaseToken])
        /// Leaves for good.
        case goodbye
    }

    /// Who asks.
    public let worker: WorkerID
    /// Which start of its process.
    public let incarnation: UInt64
    /// Grows with each request of the channel.
    public let sequence: UInt64
    /// Which of its independent streams of requests.
    public let channel: String
    /// What is asked.
    public let body: Body
    /// The version of the protocol that its sender speaks, 1 or 2.
    public let protocolVersion: Int

    /// A request from its parts.
    public init(
        worker: WorkerID, incarnation: UInt64, sequence: UInt64, channel: String, body: Body,
        protocolVersion: Int = 2
    ) {
        self.protocolVersion = protocolVersion
        self.worker = worker
        self.incarnation = incarnation
        self.sequence = sequence
        self.channel = channel
        self.body = body
    }

    /// The same request with another body.
    public func asking(_ body: Body) -> WorkerRequest {
        WorkerRequest(
            worker: worker, incarnation: incarnation, sequence: sequence, channel: channel,
            body: body, protocolVersion: protocolVersion)
    }
}

/// Where an input's bytes may be found.
public struct BlobPeer: Hashable, Sendable, Codable {
    /// Who holds it.
    public let worker: WorkerID
    /// Where it serves blobs.
    public let address: String
    /// Its host; equal hosts read the folder instead.
    public let host: String
    /// Its blob folder.
    public let storePath: String
    /// What it wants to see before it gives anything; nil in a cluster without identities.
    public let pass: BlobPass?

    /// A peer from its parts.
    public init(
        worker: WorkerID, address: String, host: String, storePath: String,
        pass: BlobPass? = nil
    ) {
        self.pass = pass
        self.worker = worker
        self.address = address
        self.host = host
        self.storePath = storePath
    }
}

/// An input whose blob is known, with where to find it.
public struct GrantedInput: Hashable, Sendable {
    /// The task kind's name for it.
    public let name: String
    /// The bytes.
    public let blob: BlobReference
    /// Workers that hold it, best first.
    public let holders: [BlobPeer]
    /// Whether the coordinator holds it.
    public let isDurable: Bool

    /// An input from its parts.
    public init(name: String, blob: BlobReference, holders: [BlobPeer], isDurable: Bool) {
        self.name = name
        self.blob = blob
        self.holders = holders
        self.isDurable = isDurable
    }
}

/// A lease with everything that a worker needs to run it.
public struct WorkGrant: Hashable, Sendable {
    /// The fencing token.
    public let token: LeaseToken
    /// Which function, in which version.
    public let kind: String
    /// The function's version.
    public let version: Int
    /// Its parameters.
    public let parameters: [UInt8]
    /// Its inputs.
    public let inputs: [GrantedInput]
    /// Its outputs.
    public let outputs: [OutputDeclaration]
    /// The peak memory that the task stated.
    public let memoryBytes: Int
    /// How long the task may run, in milliseconds; 0 leaves it to the worker.
    public let timeLimitMilliseconds: Int64
    /// For the inputs that the coordinator holds; nil in a cluster without identities.
    public let coordinatorPass: BlobPass?
    /// What the worker's next task will probably read and the worker does not have: worth
    /// fetching while this one runs. Advice only: nothing depends on it.
    public let ahead: [GrantedInput]

    /// A grant from its parts.
    public init(
        token: LeaseToken, kind: String, version: Int, parameters: [UInt8],
        inputs: [GrantedInput], outputs: [OutputDeclaration], memoryBytes: Int,
        timeLimitMilliseconds: Int64 = 0, coordinatorPass: BlobPass? = nil,
        ahead: [GrantedInput] = []
    ) {
        self.ahead = ahead
        self.timeLimitMilliseconds = timeLimitMilliseconds
        self.coordinatorPass = coordinatorPass
        self.token = token
        self.kind = kind
        self.version = version
        self.parameters = parameters
        self.inputs = inputs
        self.outputs = outputs
        self.memoryBytes = memoryBytes
    }
}

/// How a committed result was taken.
public enum CommitVerdict: String, Sendable, Hashable, Codable {
    /// It is the task's result.
    case accepted
    /// The same result was there already.
    case duplicate
    /// The lease is not known; nothing was taken.
    case superseded
    /// Another result is recorded for the same key: the two machines do not agree.
    case mismatch
}

/// What the coordinator says of itself in answer to hello.
public struct CoordinatorProfile: Hashable, Sendable {
    /// How long a lease lives without a beat.
    public let leaseMilliseconds: Int64
    /// How often to beat.
    public let beatMilliseconds: Int64
    /// Where it serves blobs.
    public let blobAddress: String
    /// Its host.
    public let host: String
    /// Its blob folder.
    public let storePath: String
    /// For sending results to it; nil in a cluster without identities.
    public let pass: BlobPass?

    /// A profile from its parts.
    public init(
        leaseMilliseconds: Int64, beatMilliseconds: Int64, blobAddress: String, host: String,
        storePath: String, pass: BlobPass? = nil
    ) {
        self.pass = pass
        self.leaseMilliseconds = leaseMilliseconds
        self.beatMilliseconds = beatMilliseconds
        self.blobAddress = blobAddress
        self.host = host
        self.storePath = storePath
    }
}

/// What a worker is told at its beat.
public struct BeatReply: Hashable, Sendable {
    /// Attempts to stop: not valid or not wanted any more.
    public let cancel: [LeaseToken]
    /// Blobs to delete; named again until the worker reports them as dropped.
    public let release: [Digest]
    /// Whether to finish what runs and to ask for no more.
    public let drain: Bool
    /// While draining: blobs that nobody else holds, to be sent to the coordinator; at most
    /// ``Limits/savesPerBeatMax``, named again until it has them.
    public let save: [Digest]
    /// While draining: nothing is lost when the worker leaves now.
    public let mayLeave: Bool

    /// A reply from its parts.
    public init(
        cancel: [LeaseToken] = [], release: [Digest] = [], drain: Bool = false,
        save: [Digest] = [], mayLeave: Bool = false
    ) {
        self.cancel = cancel
        self.release = release
        self.drain = drain
        self.save = save
        self.mayLeave = mayLeave
    }
}

/// The coordinator's answer to a worker.
public enum WorkerReply: Sendable, Hashable {
    /// To hello.
    case welcome(CoordinatorProfile)
    /// To requests that need no more answer.
    case done
    /// To a lease request: work.
    case grant(WorkGrant)
    /// To a lease request: ask again.
    case nothingYet
    /// To a beat; see ``BeatReply``.
    case beat(BeatReply)
    /// To a commit; `next` is work for the slot that it named, if there was some at once.
    case commit(CommitVerdict, next: WorkGrant? = nil)
    /// The worker is not known (any more): say hello again.
    case sayHello
    /// The coordinator cannot take the request now (its disk is full, too many requests): ask the
    /// same again after so many milliseconds.
    case later(milliseconds: Int64, String)
    /// The request is refused; `isFinal` says that asking again is useless.
    case refused(String, isFinal: Bool)
}
