/// A fast function and the naive one that gives the same.
struct KernelCase {
    let name: String
    let shape: String
    /// Multiplications and additions of a call of the fast one, as few as the task needs.
    let flops: Double
    /// Bytes that a call must read from and write to memory, each once.
    let bytes: Double
    /// What the twin is, with the part of the work that it is given.
    let twin: String
    /// The work that the twin is given, as a share of the fast one's: it is scaled up by this.
    var twinShare = 1.0
    /// Whether `bench check` runs it.
    var isQuick = false
    /// Prepares the data.
    let makePair: () throws -> KernelPair

    /// Names it in bounds and in reports.
    var title: String { "\(name) \(shape)" }
}

/// What is timed of a case; each gives the seconds that one call took.
struct KernelPair {
    let fast: () throws -> Double
    let twin: () throws -> Double
}

/// What was measured of a case.
struct KernelMeasurement {
    let kernel: KernelCase
    /// Seconds of a call, the median of the rounds.
    let fastSeconds: Double
    /// Seconds that the twin would take for all of the work.
    let twinSeconds: Double
    /// Seconds that the same operations or bytes take at the machine's rate.
    let floorSeconds: Double
    let bound: FloorProbe.Bound

    /// How many times as fast as the twin.
    var ratio: Double { twinSeconds / fastSeconds }
    var floorShare: Double { floorSeconds / fastSeconds }
}

extension KernelCase {
    /// Measures fast one, twin and floor in turns, so that a busy machine disturbs all alike.
    ///
    /// A turn of the fast one takes at least so many seconds.
    func measure(rounds: Int, seconds: Double, probe: FloorProbe) throws -> KernelMeasurement {
        let pair = try makePair()
        let bound = probe.bound(flops: flops, bytes: bytes)
        _ = try pair.fast()
        var (fast, twin, floor): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<rounds {
            fast.append(try average(of: pair.fast, for: seconds))
            twin.append(try pair.twin() / twinShare)
            floor.append(probe.seconds(flops: flops, bytes: bytes, bound: bound))
        }
        return KernelMeasurement(
            kernel: self, fastSeconds: fast.median, twinSeconds: twin.median,
            floorSeconds: floor.median, bound: bound)
    }
}

private func average(of call: () throws -> Double, for least: Double) throws -> Double {
    var (total, calls) = (0.0, 0.0)
    repeat {
        total += try call()
        calls += 1
    } while total < least
    return total / calls
}
