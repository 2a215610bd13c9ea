import Linalg

/// How fast this machine multiplies.
public enum MachineRate {
    /// Floating-point operations a second of one thread's sgemm, measured on matrices of
    /// 576 × 1,536 in about a tenth of a second.
    public static func measuredFlops() -> Double {
        let a = Matrix(rows: 512, columns: 576)
        let b = Matrix(rows: 1_536, columns: 576)
        var c = Matrix(rows: 512, columns: 1_536)
        applyLinear(a, weight: b, bias: nil, into: &c)
        let start = ContinuousClock.now
        let rounds = 6
        for _ in 0..<rounds { applyLinear(a, weight: b, bias: nil, into: &c) }
        let elapsed = start.duration(to: .now).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        return 2 * 512 * 576 * 1_536 * Double(rounds) / max(seconds, 1e-9)
    }
}
