/// Things that will happen, by time, and at equal times in the order in which they were added.
struct EventQueue<Action> {
    private struct Entry {
        let time: Double
        let order: UInt64
        let action: Action
    }

    private var entries: [Entry] = []
    private var added: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Adds what happens at `time`, in seconds.
    mutating func add(_ action: Action, at time: Double) {
        added += 1
        entries.append(Entry(time: time, order: added, action: action))
        var child = entries.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Removes and returns what happens first.
    mutating func next() -> (time: Double, action: Action)? {
        guard let first = entries.first else { return nil }
        let last = entries.removeLast()
        if !entries.isEmpty {
            entries[0] = last
            sink()
        }
        return (first.time, first.action)
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (entries[left].time, entries[left].order) < (entries[right].time, entries[right].order)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && isBefore(child, least) {
                least = child
            }
            if least == parent { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
