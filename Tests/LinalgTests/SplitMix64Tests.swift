import Linalg
import Testing

@Suite struct `The golden generator` {
    @Test func `gives the published sequence of seed 42`() {
        var generator = SplitMix64(seed: 42)
        #expect(generator.next() == 0xbdd7_3226_2feb_6e95)
        #expect(generator.next() == 0x28ef_e333_b266_f103)
        #expect(generator.next() == 0x4752_6757_130f_9f52)
    }

    @Test func `maps its bits to values in -1 to 1`() {
        var generator = SplitMix64(seed: 42)
        #expect(abs(generator.nextValue() - 0.4831297575) < 1e-10)
        #expect(abs(generator.nextValue() + 0.6801792142) < 1e-10)
        #expect(abs(generator.nextValue() + 0.4427977395) < 1e-10)
    }
}
