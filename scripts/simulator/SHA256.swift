/// Stands in for swift-crypto where `scripts/check-mutants` builds the simulator: a hash that is
/// quick and spreads well, and nobody attacks.
public struct SHA256 {
    private var lanes: [UInt64] = [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344]
    private var count: UInt64 = 0

    public init() {}

    public mutating func update(data: [UInt8]) {
        for byte in data { absorb(UInt64(byte)) }
    }

    public func finalize() -> [UInt8] {
        var last = self
        last.absorb(count)
        for round in 0..<8 as Range<UInt64> { last.absorb(round) }
        return last.lanes.flatMap { lane in
            (0..<8).map { UInt8(truncatingIfNeeded: lane >> (56 - 8 * UInt64($0))) }
        }
    }

    private mutating func absorb(_ value: UInt64) {
        count &+= 1
        let lane = Int(count & 3)
        let mixed = (lanes[lane] ^ value) &* 0x9E37_79B9_7F4A_7C15
        lanes[lane] = mixed ^ (mixed >> 29)
        lanes[(lane + 1) & 3] &+= lanes[lane] &* 0xBF58_476D_1CE4_E5B9
    }
}
