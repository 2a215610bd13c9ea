import Foundation

/// Waiting for a condition of another process: asks again and again, up to a bound.
enum Patience {
    /// Whether `condition` came true in time.
    static func wait(
        seconds: Double, until condition: () async throws -> Bool
    ) async rethrows -> Bool {
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(seconds) {
            if try await condition() { return true }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return try await condition()
    }
}
