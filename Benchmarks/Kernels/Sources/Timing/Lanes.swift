import Foundation
import Synchronization

/// Threads that do the same work at the same time, each on data of its own.
struct Lanes {
    let count: Int
    /// What each round of a lane takes at least.
    let seconds: Double
    let rounds: Int

    /// Calls a second of all lanes together, one number for each round.
    ///
    /// `makeWork` prepares a lane's data on its thread and gives what is timed, which is called
    /// once beforehand, so that memory is there and caches are warm.
    func rates(
        _ makeWork: @escaping @Sendable (_ lane: Int) throws -> () throws -> Void
    ) throws -> [Double] {
        let journal = Journal(rounds: rounds)
        let meeting = Meeting(members: count)
        let (seconds, rounds) = (seconds, rounds)
        for lane in 0..<count {
            let thread = Thread {
                var work: (() throws -> Void)?
                journal.catching {
                    let made = try makeWork(lane)
                    try made()
                    work = made
                }
                for round in 0..<rounds {
                    meeting.wait()
                    guard let work else { continue }
                    journal.catching {
                        journal.add(try callsPerSecond(work, for: seconds), to: round)
                    }
                }
                work = nil
                journal.leave()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        return try journal.rates(of: count)
    }
}

private func callsPerSecond(_ work: () throws -> Void, for least: Double) throws -> Double {
    let start = ContinuousClock.now
    var calls = 0.0
    var elapsed = 0.0
    repeat {
        try work()
        calls += 1
        elapsed = (ContinuousClock.now - start) / .seconds(1)
    } while elapsed < least
    return calls / elapsed
}

/// What the lanes report.
private final class Journal: Sendable {
    private struct Entries {
        var rates: [Double]
        var failure: (any Error)?
    }
    private let entries: Mutex<Entries>
    private let departures = DispatchSemaphore(value: 0)

    init(rounds: Int) {
        entries = Mutex(Entries(rates: [Double](repeating: 0, count: rounds)))
    }

    func add(_ rate: Double, to round: Int) { entries.withLock { $0.rates[round] += rate } }

    func catching(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            entries.withLock { $0.failure = error }
        }
    }

    func leave() { departures.signal() }

    /// Waits for all lanes.
    func rates(of lanes: Int) throws -> [Double] {
        for _ in 0..<lanes { departures.wait() }
        return try entries.withLock { entries in
            if let failure = entries.failure { throw failure }
            return entries.rates
        }
    }
}

// @unchecked because the compiler does not see that `condition` guards both variables.
/// Where threads wait for each other at the beginning of a round.
private final class Meeting: @unchecked Sendable {
    private let condition = NSCondition()
    private let members: Int
    private var arrived = 0
    private var number = 0

    init(members: Int) { self.members = members }

    func wait() {
        condition.lock()
        defer { condition.unlock() }
        arrived += 1
        guard arrived < members else {
            arrived = 0
            number += 1
            condition.broadcast()
            return
        }
        let mine = number
        while number == mine { condition.wait() }
    }
}
