import Domain

/// What no scheduler can beat.
struct LowerBound: Sendable, Codable {
    /// Seconds of the longest chain of tasks on the fastest machine, with the upload of durable
    /// outputs, which the next task of a chain waits for.
    let criticalPath: Double
    /// Seconds of all tasks, shared by all machines without a gap.
    let work: Double
    /// Seconds for what must pass the coordinator's NIC: the model's tensors once out, durable
    /// outputs once in; the greater of both.
    let bytes: Double
    /// Seconds when work is shared without a gap but only among tasks that may run at the same
    /// time: for each task all that must come before it is work of all machines. At least the
    /// three above; nil for plans of more than ``tasksMax`` tasks.
    let barriers: Double?

    /// The most tasks for which the barriers are looked at: their relation takes n² bits.
    static let tasksMax = 24_000

    /// Seconds: the greatest of the first three.
    var seconds: Double { max(criticalPath, work, bytes) }

    /// Which of the three it is.
    var name: String {
        if seconds == criticalPath { return "path" }
        return seconds == work ? "work" : "bytes"
    }

    /// The bounds of a plan on a cluster.
    init(_ plan: Plan, _ rates: Rates, _ cluster: Cluster) {
        var numbers: [TaskName: Int] = [:]
        var producers: [[Int]] = []
        var durations: [Double] = []
        var uploads: [Double] = []
        var sources: [Digest: Int] = [:]
        var durable = 0
        for task in plan.tasks {
            var above: Set<Int> = []
            for input in task.inputs {
                switch input.source {
                case .blob(let blob): sources[blob.digest] = blob.byteCount
                case .output(let name, _):
                    if let number = numbers[name] { above.insert(number) }
                }
            }
            numbers[task.name] = producers.count
            producers.append(above.sorted())
            durations.append(rates.seconds(of: task))
            let kept = zip(task.outputs, plan.outputBytes[task.name] ?? []).reduce(0) {
                $1.0.retention == .durable ? $0 + $1.1 : $0
            }
            durable += kept
            uploads.append(cluster.isLocal ? 0 : Double(kept) / cluster.bytesPerSecond)
        }
        let graph = WorkGraph(producers: producers, durations: durations, uploads: uploads)
        criticalPath = graph.longestPath(speed: cluster.fastest)
        work = durations.reduce(0, +) / cluster.capacity
        let through = max(sources.values.reduce(0, +), durable)
        bytes = cluster.isLocal ? 0 : Double(through) / cluster.bytesPerSecond
        barriers =
            producers.count > Self.tasksMax
            ? nil
            : max(
                criticalPath, work, bytes,
                graph.longestPathOfShared(speed: cluster.fastest, capacity: cluster.capacity))
    }
}

/// Tasks by number, each after its producers.
struct WorkGraph {
    let producers: [[Int]]
    /// Seconds on a slot of speed 1.
    let durations: [Double]
    /// Seconds until consumers may start after that.
    let uploads: [Double]

    /// Seconds of the longest chain on slots of `speed`.
    func longestPath(speed: Double) -> Double {
        var ends: [Double] = []
        ends.reserveCapacity(producers.count)
        for task in producers.indices {
            let start = producers[task].reduce(0) { max($0, ends[$1]) }
            ends.append(start + durations[task] / speed + uploads[task])
        }
        return ends.max() ?? 0
    }

    /// Seconds when a task starts no sooner than all that must come before it can be done.
    ///
    /// Of the tasks before it, those that start no sooner than some moment are done no sooner
    /// than that moment and their work shared by all; for any moment.
    func longestPathOfShared(speed: Double, capacity: Double) -> Double {
        let count = producers.count
        let words = (count + 63) / 64
        var before = [UInt64](repeating: 0, count: count * words)
        var starts = [Double](repeating: 0, count: count)
        var inOrder: [Int] = []
        for task in 0..<count {
            let row = task * words
            for producer in producers[task] {
                for word in 0..<words { before[row + word] |= before[producer * words + word] }
                before[row + producer / 64] |= 1 << UInt64(producer % 64)
            }
            var start = 0.0
            var work = 0.0
            for other in inOrder.reversed()
            where before[row + other / 64] >> UInt64(other % 64) & 1 == 1 {
                work += durations[other] / capacity
                let alone = starts[other] + durations[other] / speed + uploads[other]
                start = max(start, starts[other] + work, alone)
            }
            starts[task] = start
            let place = inOrder.lastIndex { starts[$0] <= start }
            inOrder.insert(task, at: (place ?? -1) + 1)
        }
        var end = 0.0
        var work = 0.0
        for other in inOrder.reversed() {
            work += durations[other] / capacity
            let alone = starts[other] + durations[other] / speed + uploads[other]
            end = max(end, starts[other] + work, alone)
        }
        return end
    }
}
