import Domain
import WorkerCore

/// A machine with a worker's process, its store and its link to the coordinator.
struct SimulatedWorker {
    /// A blob in a store.
    struct Copy {
        var isDamaged = false
        /// Whether a power cut leaves it alone.
        var isSynced = false
    }

    /// What a lease does in the shell.
    struct Work {
        /// Tells a killed work's planned end from its successor's.
        let serial: Int
        let slot: Int
        var isRunning: Bool
    }

    /// What the checker knows of a beat or a lease request under way.
    struct Asked {
        let sequence: UInt64
        let time: Int64
        let tokens: [LeaseToken]
    }

    let id: WorkerID
    var host: String
    let slots: Int
    let memoryPerSlot: Int
    /// Nil as long as no process runs.
    var core: WorkerCore?
    /// Counts the starts and ends of its process.
    var life = 0
    var incarnation: UInt64 = 0
    var cache: CacheCore
    var disk: [Digest: Copy] = [:]
    var works: [LeaseToken: Work] = [:]
    /// Slots of leases that were killed and whose children have not ended.
    var dying: [LeaseToken: Int] = [:]
    var serial = 0
    /// The number of its connection.
    var pipe = 0
    /// The connection that gives no answers, if any.
    var wedgedPipe: Int?
    var cutOutUntil: Int64 = 0
    var cutInUntil: Int64 = 0
    var frozenUntil: Int64 = 0
    var slowUntil: Int64 = 0
    var fullUntil: Int64 = 0
    var sickUntil: Int64 = 0
    /// When the process' clock was at zero, and by how many millionths it runs fast.
    var epoch: Int64 = 0
    var driftMillionths: Int64 = 0
    /// What the wall clock is off by.
    var wallOffset: Int64 = 0
    var wakeAt: Int64?
    /// It left after a drain in which it saved what only it held.
    var hasLeftCleanly = false
    /// It will not be started again.
    var isGone = false

    // What the checker keeps.
    /// For each lease when the request was first sent whose answer last confirmed it.
    var confirmed: [LeaseToken: Int64] = [:]
    var asked: [String: Asked] = [:]
    /// Blobs that it computed.
    var made: Set<Digest> = []

    init(number: Int, host: String, slots: Int, memoryPerSlot: Int, cacheBytes: Int) {
        id = WorkerID("worker\(number)")
        self.host = host
        self.slots = slots
        self.memoryPerSlot = memoryPerSlot
        cache = CacheCore(
            budgetBytes: cacheBytes, floorBytes: 0, graceMilliseconds: 5_000)
    }

    var isAlive: Bool { core != nil }

    var profile: WorkerProfile {
        WorkerProfile(
            slots: slots, memoryBytesPerSlot: memoryPerSlot, host: host,
            blobAddress: "inproc://\(id)", storePath: "/\(id)", software: "simulated",
            core: "Simulated")
    }

    /// The process' own clock.
    func moment(at time: Int64) -> Moment {
        let passed = time - epoch
        return Moment(milliseconds: passed + passed * driftMillionths / 1_000_000)
    }

    /// The first time at which its own clock shows `moment`, or a little later.
    func time(at moment: Moment) -> Int64 {
        let passed = moment.milliseconds
        return epoch + passed - passed * driftMillionths / 1_000_000 + 1
    }

    mutating func store(_ digest: Digest, bytes: Int, isSynced: Bool, at time: Int64) {
        if disk[digest] == nil { disk[digest] = Copy(isSynced: isSynced) }
        cache.add(digest, bytes: bytes, at: Moment(milliseconds: time))
        cache.noteVerified(digest)
    }

    mutating func delete(_ digest: Digest) {
        disk[digest] = nil
        cache.remove(digest)
    }

    /// Whether the own copy can be read; a damaged one is found at its first use and deleted.
    mutating func read(_ digest: Digest, at time: Int64) -> Bool? {
        guard let copy = disk[digest] else { return nil }
        cache.touch(digest, at: Moment(milliseconds: time))
        if cache.isVerified(digest) || !copy.isDamaged {
            cache.noteVerified(digest)
            return true
        }
        _ = cache.findDamaged(digest)
        disk[digest] = nil
        return false
    }
}
