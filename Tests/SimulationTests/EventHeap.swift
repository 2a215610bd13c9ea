/// Things that will happen, by time, and at equal times in an order drawn from the seed.
struct EventHeap<Action> {
    private struct Key {
        let time: Int64
        let tie: UInt64
        let place: Int

        static func < (left: Key, right: Key) -> Bool {
            left.time != right.time ? left.time < right.time : left.tie < right.tie
        }
    }

    private var keys: [Key] = []
    private var actions: [Action?] = []
    private var vacant: [Int] = []

    var count: Int { keys.count }

    mutating func add(_ action: Action, at time: Int64, tie: UInt64) {
        let place: Int
        if let free = vacant.popLast() {
            place = free
            actions[free] = action
        } else {
            place = actions.count
            actions.append(action)
        }
        keys.append(Key(time: time, tie: tie, place: place))
        var child = keys.count - 1
        while child > 0, keys[child] < keys[(child - 1) / 2] {
            keys.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (time: Int64, action: Action)? {
        guard let first = keys.first else { return nil }
        let last = keys.removeLast()
        if !keys.isEmpty {
            keys[0] = last
            sink()
        }
        guard let action = actions[first.place] else { return nil }
        actions[first.place] = nil
        vacant.append(first.place)
        return (first.time, action)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < keys.count && keys[child] < keys[least] {
                least = child
            }
            if least == parent { return }
            keys.swapAt(parent, least)
            parent = least
        }
    }
}
