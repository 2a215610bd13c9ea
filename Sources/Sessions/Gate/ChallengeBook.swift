/// The nonces that were given out and not yet used.
struct ChallengeBook: Sendable {
    /// How long a nonce may be used: 30 s.
    static let lifeMilliseconds: Int64 = 30_000
    /// Nonces at most; a new one pushes the oldest out.
    static let noncesMax = 4_096

    private var issued: [[UInt8]: Int64] = [:]
    /// A ring in the order of issue.
    private var ring: [[UInt8]] = []
    private var next = 0

    var count: Int { issued.count }

    mutating func issue(
        nowUnixMs: Int64, byteCount: Int, random: inout some RandomNumberGenerator
    ) -> [UInt8] {
        let nonce = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
        if ring.count < Self.noncesMax {
            ring.append(nonce)
        } else {
            issued[ring[next]] = nil
            ring[next] = nonce
            next = (next + 1) % Self.noncesMax
        }
        issued[nonce] = nowUnixMs
        return nonce
    }

    /// Uses a nonce up; false when it was not given out, was used, or is too old.
    mutating func redeem(_ nonce: [UInt8], nowUnixMs: Int64) -> Bool {
        guard let when = issued.removeValue(forKey: nonce) else { return false }
        let (age, overflow) = nowUnixMs.subtractingReportingOverflow(when)
        // The clock may have been set back meanwhile.
        return !overflow && abs(age) < Self.lifeMilliseconds
    }
}
