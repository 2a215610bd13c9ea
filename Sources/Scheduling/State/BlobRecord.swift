import Domain

/// What the scheduler knows of a blob.
struct BlobRecord: Sendable {
    var digest: Digest?
    /// Its length, once a task named it.
    var byteCount = 0
    /// Whether the coordinator's store has it.
    var isDurable = false
    /// Who has it, with the serial of the event that said so.
    var holders: [Int: UInt64] = [:]
    /// How many holders each host has.
    var hosts: [Int: Int] = [:]
    /// Whether a task declares it as transient.
    var isTransient = false
    /// Whether something wants it kept although it may be transient elsewhere.
    var isKept = false
    /// Wanted tasks that have yet to read it, counted once for each input, and roots of open
    /// jobs that give it.
    var readersLeft = 0
    /// Tasks that must run and read it.
    var readers: Set<Int> = []
    /// Done tasks that give it.
    var makers: Set<Int> = []
    /// Inputs and outputs of tasks that name it.
    var references = 0

    static let vacant = BlobRecord()

    /// Whether its holders may delete it.
    var isReleasable: Bool { isTransient && !isKept && readersLeft == 0 }
}
