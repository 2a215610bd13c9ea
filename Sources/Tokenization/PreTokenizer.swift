/// Splits text into the words within which tokens are merged.
struct PreTokenizer: Sendable {
    /// What becomes of the matches of a pattern that matches everything.
    enum Behavior: Sendable, Equatable {
        /// Each match is a piece.
        case isolated
        /// All matches together are one piece.
        case contiguous
        /// No match is kept.
        case removed
    }

    /// One step, applied to every piece of the step before.
    enum Stage: Sendable, Equatable {
        case pattern(PatternScanner.Pattern, Behavior)
        /// Numeric scalars apart from the rest, each alone or in runs.
        case digits(individual: Bool)
    }

    /// The steps before `ByteLevel`, in order.
    let stages: [Stage]
    /// ByteLevel's `add_prefix_space`, for each piece that does not begin with a space.
    let addsPrefixSpace: Bool
    /// ByteLevel's `use_regex`: split by GPT-2's pattern at last.
    let usesPattern: Bool

    private let scanner = PatternScanner()

    init(stages: [Stage], addsPrefixSpace: Bool, usesPattern: Bool) {
        self.stages = stages
        self.addsPrefixSpace = addsPrefixSpace
        self.usesPattern = usesPattern
    }

    /// Encodes each word of the range of the text.
    func encode(_ text: [UInt8], _ range: Range<Int>, with encoder: inout WordEncoder) {
        guard !range.isEmpty else { return }
        var pieces = [range]
        for stage in stages { pieces = split(pieces, of: text, by: stage) }
        var ends: [Int] = []
        for piece in pieces {
            if addsPrefixSpace, text[piece.lowerBound] != UInt8(ascii: " ") {
                let spaced = [UInt8(ascii: " ")] + text[piece]
                encodeWords(spaced, 0..<spaced.count, &ends, with: &encoder)
            } else {
                encodeWords(text, piece, &ends, with: &encoder)
            }
        }
    }

    private func encodeWords(
        _ text: [UInt8], _ piece: Range<Int>, _ ends: inout [Int], with encoder: inout WordEncoder
    ) {
        guard usesPattern else { return encoder.encode(text, piece) }
        ends.removeAll(keepingCapacity: true)
        scanner.appendEnds(of: .gpt2, in: text, piece, to: &ends)
        var start = piece.lowerBound
        for end in ends {
            encoder.encode(text, start..<end)
            start = end
        }
    }

    private func split(
        _ pieces: [Range<Int>], of text: [UInt8], by stage: Stage
    ) -> [Range<Int>] {
        switch stage {
        case .pattern(_, .removed): return []
        case .pattern(_, .contiguous): return pieces
        default: break
        }
        var ends: [Int] = []
        var parts: [Range<Int>] = []
        parts.reserveCapacity(pieces.count)
        for piece in pieces {
            ends.removeAll(keepingCapacity: true)
            switch stage {
            case .pattern(let pattern, _):
                scanner.appendEnds(of: pattern, in: text, piece, to: &ends)
            case .digits(let individual):
                appendDigitEnds(text, piece, individual, to: &ends)
            }
            var start = piece.lowerBound
            for end in ends {
                parts.append(start..<end)
                start = end
            }
        }
        return parts
    }

    private func appendDigitEnds(
        _ text: [UInt8], _ piece: Range<Int>, _ individual: Bool, to ends: inout [Int]
    ) {
        var index = piece.lowerBound
        var previousIsNumeric = false
        while index < piece.upperBound {
            let bits = scanner.classes.bits(UTF8Text.scalar(in: text, at: index))
            let isNumeric = bits & CharacterClasses.numeric != 0
            let splits = isNumeric != previousIsNumeric || (isNumeric && individual)
            if splits, index > piece.lowerBound { ends.append(index) }
            previousIsNumeric = isNumeric
            index += UTF8Text.length(lead: text[index])
        }
        ends.append(piece.upperBound)
    }
}
