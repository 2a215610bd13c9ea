import Foundation
import Models
import Testing

@Suite struct `Rotary frequencies` {
    private func frequencies(_ scaling: RotaryScaling) -> [Float] {
        RotaryEmbedding(headDimension: 8, base: 10_000, scaling: scaling).inverseFrequencies()
    }

    @Test func `fall in powers of the base`() {
        for (found, expected) in zip(frequencies(.none), [1, 0.1, 0.01, 0.001] as [Float]) {
            #expect(abs(found / expected - 1) < 1e-6)
        }
    }

    @Test func `are divided by a linear factor`() {
        #expect(frequencies(.linear(factor: 4)) == frequencies(.none).map { $0 / 4 })
    }

    @Test func `are kept, blended and divided from short to long wavelengths`() {
        let scaled = frequencies(
            .llama3(factor: 8, lowFrequency: 1, highFrequency: 4, trainedLength: 100)
        )
        let plain = frequencies(.none)
        // Wavelengths 6.3, 63, 628 and 6,283 against bounds of 25 and 100.
        #expect(scaled[0] == plain[0])
        #expect(scaled[1] < plain[1] && scaled[1] > plain[1] / 8)
        #expect(scaled[2] == plain[2] / 8)
        #expect(scaled[3] == plain[3] / 8)
    }
}
