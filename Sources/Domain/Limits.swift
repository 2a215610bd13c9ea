/// The bounds of everything that is read from a peer or a file, and of everything that waits.
public enum Limits {
    /// Bytes of a control message. The default is 1 MiB.
    public static let controlMessageBytes = 1 << 20
    /// Bytes of a blob's chunk: what one data message carries. 4 MiB.
    public static let chunkBytes = 4 << 20
    /// Bytes of a data message: a chunk and its frame.
    public static let dataMessageBytes = chunkBytes + 65_536
    /// Bytes of one blob: 1 TiB.
    public static let blobBytesMax = 1 << 40
    /// Bytes of a job's specification: 256 MiB.
    public static let specificationBytesMax = 256 << 20
    /// Bytes of a recipe: 1 MiB.
    public static let recipeBytesMax = 1 << 20
    /// Bytes of a task's parameters: 512 KiB.
    public static let parameterBytesMax = 524_288
    /// Inputs or outputs of one task.
    public static let slotsPerTaskMax = 4_096
    /// Characters of a name (task, output, worker, tensor).
    public static let nameBytesMax = 512
    /// Characters of an error's text as it travels and is kept.
    public static let failureTextBytesMax = 4_096
    /// Bytes of a task's facts (its small JSON result).
    public static let factsBytesMax = 65_536
    /// Bytes of a document that the ledger keeps whole: the fullest book of tokens, names and
    /// denials fits in 16 MiB.
    public static let documentBytesMax = 16 << 20
    /// Tasks of one job.
    public static let tasksPerJobMax = 2_000_000
    /// Workers that one coordinator keeps track of.
    public static let workersMax = 10_000
    /// Blobs that one worker may name as its own.
    public static let blobsPerWorkerMax = 4_000_000
    /// Task slots of one worker.
    public static let slotsPerWorkerMax = 1_024
    /// Digests in one message.
    public static let digestsPerMessageMax = 8_192
    /// Attempts of one task that may fail by its own fault before the job fails.
    public static let deterministicFailuresMax = 2
    /// Attempts of one task that may be lost with their worker before it is quarantined.
    public static let lostAttemptsMax = 8
    /// Bytes of a blob pass's ticket.
    public static let ticketBytesMax = 8_192
    /// Bytes of one piece of a blob on its way to a holder: 64 KiB.
    public static let pieceBytes = 65_536
    /// Bytes of a request to a holder of blobs: a piece and its frame. Strangers can make a
    /// holder allocate no more than this for each connection.
    public static let blobRequestBytes = 131_072
    /// Blobs that a draining worker is asked to save at one beat.
    public static let savesPerBeatMax = 256
    /// How long a grant may stay unconfirmed before the task goes to somebody else, in
    /// milliseconds: 10 s.
    public static let acceptMilliseconds: Int64 = 10_000
    /// The longest pause that anybody may be told to make, in milliseconds: one minute.
    public static let pauseMillisecondsMax: Int64 = 60_000
    /// Different hosts that a task may bring down before it is quarantined.
    public static let poisonedHostsMax = 3
    /// The longest time that a task may be given, in milliseconds: 30 days.
    public static let timeLimitMillisecondsMax: Int64 = 2_592_000_000
    /// How long a lease lives without a beat, in milliseconds: 30 s.
    public static let leaseMilliseconds: Int64 = 30_000
    /// How often a worker beats, in milliseconds: 5 s.
    public static let beatMilliseconds: Int64 = 5_000
    /// How long a disconnected worker may take to come back before its leases are taken: 3 s.
    public static let reconnectMilliseconds: Int64 = 3_000
    /// How long a lease request may be parked, in milliseconds: 20 s.
    public static let pollMilliseconds: Int64 = 20_000
    /// After a restart, how long workers have to report what they hold before lost
    /// intermediates are computed anew, in milliseconds: 15 s.
    public static let restartGraceMilliseconds: Int64 = 15_000
}
