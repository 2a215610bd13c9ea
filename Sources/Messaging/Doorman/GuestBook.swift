/// Which strangers may come to the door, which wait, and which must go: the doorman's decisions,
/// without sockets or clocks.
///
/// Whoever is silent costs nothing but a descriptor, so that it waits; whoever has spoken comes to
/// the door when there is room for it and for its source. Sources with fewest at the door come
/// first, so that one flooding address does not hold up the others, and of one source the newest
/// come first, so that those who flood it hold up even themselves only. When all room is taken,
/// those go whose source holds most of it.
struct GuestBook {
    enum Instruction: Equatable {
        /// Lets the guest through to the door.
        case letThrough(Int)
        /// Ends the guest's connection.
        case turnAway(Int)
    }

    private enum Place { case silent, queued, door, leaving }

    private struct Guest {
        let number: Int
        let source: UInt64
        var place: Place
        /// When it came to where it is.
        var since: Duration
    }

    /// What one source has, and all together.
    private struct Count {
        var silent = 0, queued = 0, door = 0, leaving = 0

        var waiting: Int { silent + queued }
        /// Those who leave take their room until they have gone.
        var atDoor: Int { door + leaving }

        mutating func change(_ place: Place, by step: Int) {
            switch place {
            case .silent: silent += step
            case .queued: queued += step
            case .door: door += step
            case .leaving: leaving += step
            }
        }
    }

    private let limits: DoormanLimits
    private let doorMax: Int
    /// Never all of the door, so that a second source finds room at once.
    private let perSourceMax: Int
    /// In the order of their arrival, which is that of their numbers.
    private var guests: [Guest] = []
    private var total = Count()
    private var counts: [UInt64: Count] = [:]

    /// An empty book; `doorMax` guests may be at the door.
    init(limits: DoormanLimits, doorMax: Int) {
        precondition(doorMax > 0)
        self.limits = limits
        self.doorMax = doorMax
        perSourceMax = max(1, min(limits.perSourceMax, doorMax / 2))
    }

    /// Guests at the door, also those that are leaving it.
    var doorCount: Int { total.atDoor }

    /// Guests that wait.
    var waitingCount: Int { total.waiting }

    var isEmpty: Bool { guests.isEmpty }

    /// A stranger has come; numbers are given in rising order.
    mutating func arrive(_ number: Int, from source: UInt64, at now: Duration) -> [Instruction] {
        guests.append(Guest(number: number, source: source, place: .silent, since: now))
        change(.silent, of: source, by: 1)
        guard total.waiting > limits.waitingMax, let guest = superfluousGuest() else { return [] }
        return [turnAway(guest)]
    }

    /// A silent stranger has sent its first byte.
    mutating func speak(_ number: Int, at now: Duration) -> [Instruction] {
        guard let index = index(of: number), guests[index].place == .silent else { return [] }
        move(index, to: .queued)
        return seat(at: now)
    }

    /// A guest is no stranger any more.
    mutating func admit(_ number: Int, at now: Duration) -> [Instruction] {
        leave(number, at: now)
    }

    /// A guest at the door is about to go, and still takes room there.
    mutating func beginLeaving(_ number: Int) {
        guard let index = index(of: number) else { return }
        move(index, to: .leaving)
    }

    /// A guest has gone.
    mutating func leave(_ number: Int, at now: Duration) -> [Instruction] {
        guard let index = index(of: number) else { return [] }
        let place = remove(index).place
        return place == .door || place == .leaving ? seat(at: now) : []
    }

    /// Time has passed: sends those away who stayed too long, and makes room where that is fair.
    mutating func tick(at now: Duration) -> [Instruction] {
        let late = guests.indices.filter {
            guests[$0].place != .leaving && now - guests[$0].since >= limits.patience
        }
        var instructions = late.reversed().map { turnAway($0) }
        instructions.reverse()
        instructions += seat(at: now)
        while let victim = nextVictim(at: now) { instructions.append(turnAway(victim)) }
        return instructions
    }

    /// Fills the door from the queue.
    private mutating func seat(at now: Duration) -> [Instruction] {
        var instructions: [Instruction] = []
        while let index = nextToSeat() {
            move(index, to: .door)
            guests[index].since = now
            instructions.append(.letThrough(guests[index].number))
        }
        return instructions
    }

    /// The newest guest of the queue for whom there is room, of the source with fewest at the door.
    private func nextToSeat() -> Int? {
        guard total.atDoor < doorMax, total.queued > 0,
            counts.values.contains(where: { $0.queued > 0 && $0.atDoor < perSourceMax })
        else { return nil }
        var best: (index: Int, atDoor: Int)?
        for (index, guest) in guests.enumerated() where guest.place == .queued {
            let atDoor = counts[guest.source]?.atDoor ?? 0
            if atDoor < perSourceMax, atDoor <= best?.atDoor ?? .max { best = (index, atDoor) }
        }
        return best?.index
    }

    /// A guest at the door whose grace is over and whose room others wait for.
    ///
    /// Not many leave at once: they take their room until nng has let go of them.
    private func nextVictim(at now: Duration) -> Int? {
        guard total.leaving < min(total.queued, max(1, doorMax / 4)) else { return nil }
        let isFull = total.atDoor >= doorMax
        let greediest = isFull ? greediestSource(by: \.atDoor) : nil
        return guests.firstIndex {
            guard $0.place == .door, now - $0.since >= limits.grace else { return false }
            // When there is room, those who wait do so for a place of their own source.
            return isFull ? $0.source == greediest : counts[$0.source]?.queued ?? 0 > 0
        }
    }

    /// The source with most; of several the smallest, so that hashing decides nothing.
    private func greediestSource(by key: (Count) -> Int) -> UInt64? {
        counts.min { (key($1.value), $0.key) < (key($0.value), $1.key) }?.key
    }

    /// Whoever must go when too many wait: of the source with most waiting guests the oldest who is
    /// silent, or else the oldest; but not the newcomer, who has had no time to speak.
    private func superfluousGuest() -> Int? {
        let greediest = greediestSource(by: \.waiting)
        let others = guests.dropLast()
        return others.firstIndex { $0.source == greediest && $0.place == .silent }
            ?? others.firstIndex { $0.source == greediest && $0.place == .queued }
            ?? guests.indices.last
    }

    private mutating func turnAway(_ index: Int) -> Instruction {
        let number = guests[index].number
        // The door is free only when nng has let go, which `leave` tells.
        if guests[index].place == .door { move(index, to: .leaving) } else { remove(index) }
        return .turnAway(number)
    }

    private mutating func move(_ index: Int, to place: Place) {
        change(guests[index].place, of: guests[index].source, by: -1)
        guests[index].place = place
        change(place, of: guests[index].source, by: 1)
    }

    @discardableResult private mutating func remove(_ index: Int) -> Guest {
        let guest = guests.remove(at: index)
        change(guest.place, of: guest.source, by: -1)
        return guest
    }

    private mutating func change(_ place: Place, of source: UInt64, by step: Int) {
        total.change(place, by: step)
        counts[source, default: Count()].change(place, by: step)
        if let count = counts[source], count.waiting == 0, count.atDoor == 0 {
            counts[source] = nil
        }
    }

    private func index(of number: Int) -> Int? {
        var (low, high) = (0, guests.count)
        while low < high {
            let middle = (low + high) / 2
            if guests[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < guests.count && guests[low].number == number ? low : nil
    }
}
