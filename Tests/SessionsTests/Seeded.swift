import Domain
import Identity
import Messaging
import Synchronization

@testable import Sessions

/// SplitMix64 (Steele, Lea, Flood 2014): repeatable randomness for tests.
struct Seeded: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}

/// 22 November 2026, noon, in milliseconds since 1970.
let noon: Int64 = 1_795_348_800_000
let day: Int64 = 86_400_000

/// The error that `body` throws; nil when it throws none.
func failure(_ body: () throws -> Void) -> SessionError? {
    do { try body() } catch { return error as? SessionError }
    return nil
}
