import Domain

/// Tasks that wait for a moment, the earliest first.
struct DelayedTasks: Sendable {
    struct Entry: Sendable, Comparable {
        let moment: Moment
        let id: TaskID
        let task: Int

        static func < (left: Entry, right: Entry) -> Bool {
            (left.moment, left.id) < (right.moment, right.id)
        }
    }

    /// A binary heap.
    private var entries: [Entry] = []

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0, entries[child] < entries[(child - 1) / 2] {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Removes and returns the first entry whose moment has come.
    mutating func takeDue(at now: Moment) -> Entry? {
        guard let first = entries.first, first.moment <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child] < entries[least] {
                least = child
            }
            if least == parent { return first }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
