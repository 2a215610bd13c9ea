/// Changes valid bytes into nearly valid ones, from a seed: the same seed gives the same bytes.
public struct Mutator: RandomNumberGenerator {
    private var state: UInt64

    /// The longest input that is made, in bytes.
    public let bytesMax: Int

    /// - Parameters:
    ///   - seed: what everything is drawn from.
    ///   - bytesMax: 65,536 by default.
    public init(seed: UInt64, bytesMax: Int = 65_536) {
        state = seed
        self.bytesMax = bytesMax
    }

    /// SplitMix64.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ one: Int) -> Bool { below(one) == 0 }

    mutating func below(_ bound: Int) -> Int {
        bound <= 1 ? 0 : Int.random(in: 0..<bound, using: &self)
    }

    /// One to four changes of `bytes`, mostly such as fit their form.
    public mutating func mutated(_ bytes: [UInt8], of target: FuzzTarget) -> [UInt8] {
        mutated(bytes, as: target.form, words: target.words)
    }

    /// One to four changes of `bytes`, mostly such as fit `form`; a text may get some of `words`.
    public mutating func mutated(
        _ bytes: [UInt8], as form: FuzzTarget.Form, words: [String] = []
    ) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) {
            switch form {
            case _ where chance(4): changeBytes(&bytes)
            case .message(let head):
                bytes = Array(bytes.prefix(head)) + changedMessage(Array(bytes.dropFirst(head)))
            case .text: changeText(&bytes, words: words)
            case .binary: changeBytes(&bytes)
            }
            if bytes.count > bytesMax { bytes.removeLast(bytes.count - bytesMax) }
        }
        return bytes
    }

    /// Any place of `bytes` and up to `longest` bytes from there.
    mutating func span(of bytes: [UInt8], longest: Int = 64) -> Range<Int> {
        let start = below(bytes.count)
        return start..<min(bytes.count, start + below(longest) + (bytes.isEmpty ? 0 : 1))
    }

    /// Numbers at which readers tend to break.
    mutating func boundary() -> UInt64 {
        let near: [UInt64] = [
            0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF,
            0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 1 << 40, 1 << 53, 1 << 60, 1 << 62,
            0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max,
        ]
        let number = near[below(near.count)]
        return chance(3) ? number &+ UInt64(below(5)) &- 2 : number
    }

    mutating func changeBytes(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(below(256))) }
        let place = below(bytes.count)
        switch below(8) {
        case 0: bytes[place] ^= 1 << UInt8(below(8))
        case 1: bytes[place] = UInt8(below(256))
        case 2: bytes.removeSubrange(span(of: bytes))
        case 3: bytes.insert(contentsOf: Array(bytes[span(of: bytes)]), at: place)
        case 4: bytes.removeLast(bytes.count - place)
        case 5: bytes += (0...below(40)).map { _ in UInt8(truncatingIfNeeded: state >> 7) }
        default: overwriteNumber(&bytes, at: place)
        }
    }

    /// A boundary number of two, four or eight bytes, either end first.
    private mutating func overwriteNumber(_ bytes: inout [UInt8], at place: Int) {
        let width = [2, 4, 8][below(3)]
        let number = boundary()
        let isBigEndian = chance(2)
        for offset in 0..<width where place + offset < bytes.count {
            let shift = 8 * (isBigEndian ? width - 1 - offset : offset)
            bytes[place + offset] = UInt8(truncatingIfNeeded: number >> UInt64(shift))
        }
    }
}
