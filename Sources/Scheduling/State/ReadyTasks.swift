import Domain

/// The ready tasks of a job by (priority, name): insertion and removal take time in the order of
/// the square root of their number, reading the first few takes no search.
struct ReadyTasks: Sendable {
    struct Entry: Sendable, Comparable {
        let priority: Int
        let name: TaskName
        let task: Int

        static func < (left: Entry, right: Entry) -> Bool {
            if left.priority != right.priority { return left.priority < right.priority }
            return left.name < right.name
        }
    }

    /// Sorted runs, none empty, each before the next.
    private(set) var runs: [[Entry]] = []
    private(set) var count = 0
    private static let runLength = 512

    mutating func insert(_ entry: Entry) {
        count += 1
        guard !runs.isEmpty else {
            runs.append([entry])
            return
        }
        let run = max(0, Self.firstIndex(in: runs.count) { entry < runs[$0][0] } - 1)
        let place = Self.firstIndex(in: runs[run].count) { entry < runs[run][$0] }
        runs[run].insert(entry, at: place)
        if runs[run].count > Self.runLength {
            let half = Array(runs[run][(Self.runLength / 2)...])
            runs[run].removeLast(half.count)
            runs.insert(half, at: run + 1)
        }
    }

    /// Removes an entry; returns whether it was there.
    @discardableResult
    mutating func remove(_ entry: Entry) -> Bool {
        let run = Self.firstIndex(in: runs.count) { entry < runs[$0][0] } - 1
        guard run >= 0 else { return false }
        let place = Self.firstIndex(in: runs[run].count) { !(runs[run][$0] < entry) }
        guard place < runs[run].count, runs[run][place] == entry else { return false }
        runs[run].remove(at: place)
        if runs[run].isEmpty { runs.remove(at: run) }
        count -= 1
        return true
    }

    /// The first number below `count` for which `isAfter` holds, or `count`.
    private static func firstIndex(in count: Int, where isAfter: (Int) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isAfter(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
