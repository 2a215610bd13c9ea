/// The arithmetic of Hangul syllables (Unicode Standard, section 3.12).
enum Hangul {
    private static let syllables: UInt32 = 0xAC00, leads: UInt32 = 0x1100
    private static let vowels: UInt32 = 0x1161, tails: UInt32 = 0x11A7
    private static let leadCount: UInt32 = 19, vowelCount: UInt32 = 21, tailCount: UInt32 = 28

    /// Whether the scalar is a composed syllable.
    static func isSyllable(_ scalar: UInt32) -> Bool {
        scalar >= syllables && scalar < syllables + leadCount * vowelCount * tailCount
    }

    /// The two or three letters of a syllable.
    static func parts(of syllable: UInt32) -> [UInt32] {
        let index = syllable - syllables
        let lead = leads + index / (vowelCount * tailCount)
        let vowel = vowels + index / tailCount % vowelCount
        let tail = index % tailCount
        return tail == 0 ? [lead, vowel] : [lead, vowel, tails + tail]
    }

    /// What two scalars compose to if they are letters of one syllable.
    static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first >= leads, first < leads + leadCount,
            second >= vowels, second < vowels + vowelCount
        {
            return syllables + ((first - leads) * vowelCount + second - vowels) * tailCount
        }
        if isSyllable(first), (first - syllables) % tailCount == 0,
            second > tails, second < tails + tailCount
        {
            return first + second - tails
        }
        return nil
    }
}
