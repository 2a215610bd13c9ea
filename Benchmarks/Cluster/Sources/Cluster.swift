/// The machines and the network of a simulated run.
struct Cluster: Sendable, Codable, Hashable {
    /// A machine that dies for good.
    struct Failure: Sendable, Codable, Hashable {
        /// Which machine, from zero.
        let machine: Int
        /// When, in seconds from the start.
        let seconds: Double
    }

    /// How many machines compute; the coordinator is one more, with a NIC of its own.
    var machines = 1
    /// Tasks that a machine runs at once; each has an equal part of its speed.
    var slots = 1
    /// 10⁹ operations a second of a machine of speed 1, all slots together.
    var gigaflops = 100.0
    /// Speeds of the machines relative to `gigaflops`, used in turn.
    var speeds: [Double] = [1]
    /// 10⁹ bits a second of each NIC, each way; infinite is allowed.
    var gigabits = 10.0
    /// Memory that a machine's tasks may use together, in GiB.
    var memoryGiB = 64.0
    /// Whether all workers are on the coordinator's machine and read each other's folders.
    var isLocal = false
    /// Whether a machine, while it computes, fetches what the scheduler says that its next task
    /// will read, as real workers do.
    var prefetches = true
    /// Whether a blob comes from whichever holder is least busy, also from one to which it is
    /// still coming, chunk by chunk; real workers ask the first holder that the grant names.
    var swarms = false
    /// Machines that die.
    var failures: [Failure] = []
    /// A task takes up to this part longer than it should, drawn from the seed.
    var jitter = 0.0
    /// What `jitter` is drawn from.
    var seed: UInt64 = 0

    /// Speed of the machine `index`.
    func speed(of index: Int) -> Double { speeds[index % speeds.count] }

    /// Slots of speed 1 that all machines together amount to.
    var capacity: Double {
        (0..<machines).reduce(0) { $0 + speed(of: $1) } * Double(slots)
    }

    /// The largest speed.
    var fastest: Double { (0..<machines).map { speed(of: $0) }.max() ?? 1 }

    /// Bytes a second of a NIC, each way.
    var bytesPerSecond: Double { gigabits * 1e9 / 8 }
}
