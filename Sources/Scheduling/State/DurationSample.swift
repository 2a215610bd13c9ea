/// The latest durations of one kind of task, in seconds.
struct DurationSample: Sendable {
    private static let size = 256
    private var inOrderOfTime: [Double] = []
    private var next = 0
    private var sorted: [Double] = []

    mutating func add(_ seconds: Double) {
        if inOrderOfTime.count < Self.size {
            inOrderOfTime.append(seconds)
        } else {
            sorted.remove(at: place(of: inOrderOfTime[next]))
            inOrderOfTime[next] = seconds
            next = (next + 1) % Self.size
        }
        sorted.insert(seconds, at: place(of: seconds))
    }

    /// The least duration that three quarters do not exceed; nil without any.
    var thirdQuartile: Double? {
        sorted.isEmpty ? nil : sorted[min(sorted.count - 1, sorted.count * 3 / 4)]
    }

    /// The place of the first duration that is not below `seconds`.
    private func place(of seconds: Double) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < seconds { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
