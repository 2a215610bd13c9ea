/// BERT's normalization (arXiv 1810.04805), as the `tokenizers` library does it.
///
/// In this order: control characters go and white space becomes spaces, ideographs get spaces
/// around them, accents go (decomposition, then every nonspacing mark), capitals become small.
struct BertNormalizer: Sendable, Equatable {
    let cleansText: Bool
    let separatesIdeographs: Bool
    let stripsAccents: Bool
    let lowercases: Bool

    /// The normalized bytes of the range of valid UTF-8.
    func normalized(_ text: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var writer = Writer(self)
        writer.output.reserveCapacity(range.count + range.count / 8)
        var index = range.lowerBound
        while index < range.upperBound {
            let scalar = UTF8Text.scalar(in: text, at: index)
            index += UTF8Text.length(lead: text[index])
            let bits = writer.classes.bits(scalar)
            if cleansText, bits & CharacterClasses.uncleanBits != 0 {
                if bits & CharacterClasses.blank != 0 { writer.write(ascii: 0x20) }
            } else if scalar < 0x80 {
                writer.write(ascii: UInt8(scalar))
            } else if separatesIdeographs, bits & CharacterClasses.ideograph != 0 {
                writer.write(ascii: 0x20)
                writer.write(scalar)
                writer.write(ascii: 0x20)
            } else {
                writer.write(scalar)
            }
        }
        writer.flush()
        return writer.output
    }

    /// Strips, lowercases and appends one scalar after another.
    private struct Writer {
        let classes = CharacterClasses.bert
        var output: [UInt8] = []
        private let stripsAccents: Bool
        private let lowercases: Bool
        private let composer = CanonicalComposer.shared
        private let letters = LowercaseLetters.shared
        private var parts: [CanonicalComposer.Mark] = []
        /// Marks that are not yet in canonical order, for no starter has followed them.
        private var waiting: [CanonicalComposer.Mark] = []

        init(_ normalizer: BertNormalizer) {
            stripsAccents = normalizer.stripsAccents
            lowercases = normalizer.lowercases
        }

        @inline(__always)
        mutating func write(ascii byte: UInt8) {
            if !waiting.isEmpty { flush() }
            let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            output.append(isCapital && lowercases ? byte | 0x20 : byte)
        }

        mutating func write(_ scalar: UInt32) {
            guard stripsAccents else { return append(scalar) }
            parts.removeAll(keepingCapacity: true)
            composer.appendDecomposition(of: scalar, to: &parts)
            for part in parts {
                if part.order == 0 {
                    if !waiting.isEmpty { flush() }
                    keep(part)
                } else {
                    waiting.append(part)
                }
            }
        }

        mutating func flush() {
            CanonicalComposer.sortMarks(&waiting)
            for mark in waiting { keep(mark) }
            waiting.removeAll(keepingCapacity: true)
        }

        private mutating func keep(_ mark: CanonicalComposer.Mark) {
            guard classes.bits(mark.scalar) & CharacterClasses.nonspacing == 0 else { return }
            append(mark.scalar)
        }

        private mutating func append(_ scalar: UInt32) {
            guard lowercases else { return UTF8Text.append(scalar, to: &output) }
            letters.append(scalar, to: &output)
        }
    }
}
