import Synchronization

/// Holders that are asked last for a while: silent ones, and such that gave wrong bytes.
final class Bench: Sendable {
    /// Why a holder sits here.
    enum Reason: Sendable {
        case silent
        case wrongBytes
    }

    private struct Seat: Sendable {
        let reason: Reason
        let until: ContinuousClock.Instant
    }

    private static let silentTime = Duration.seconds(60), wrongTime = Duration.seconds(600)
    /// Holders are named by the coordinator; still nobody shall make this grow without end.
    private static let seatsMax = 20_000

    private let seats = Mutex<[String: Seat]>([:])

    func put(_ address: String, because reason: Reason) {
        let time = reason == .silent ? Self.silentTime : Self.wrongTime
        seats.withLock { seats in
            if seats.count >= Self.seatsMax { seats = [:] }
            seats[address] = Seat(reason: reason, until: .now + time)
        }
    }

    /// It has given a whole blob.
    func release(_ address: String) {
        seats.withLock { _ = $0.removeValue(forKey: address) }
    }

    /// Why the holder sits here now; nil when it does not.
    func reason(of address: String) -> Reason? {
        seats.withLock { seats in
            guard let seat = seats[address] else { return nil }
            if seat.until > .now { return seat.reason }
            seats[address] = nil
            return nil
        }
    }
}
