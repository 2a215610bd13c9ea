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
        case literal(LiteralSplit)
        /// BERT's words: split at white space, which goes, and around every punctuation mark.
        case bertWords
    }

    /// What the last step does to each piece.
    enum Ending: Sendable, Equatable {
        /// The piece is a word.
        case plain
        /// Of byte-level models: a space is put before a piece that does not begin with one, and
        /// the piece is split by GPT-2's pattern.
        case byteLevel(addsPrefixSpace: Bool, usesPattern: Bool)
        case metaspace(Metaspace)
    }

    /// The steps before the last, in order.
    let stages: [Stage]
    let ending: Ending

    private let scanner = PatternScanner()

    init(stages: [Stage], ending: Ending) {
        self.stages = stages
        self.ending = ending
    }

    /// Whether words are given to the model as bytes, for which it has an alphabet.
    var isByteLevel: Bool {
        if case .byteLevel = ending { true } else { false }
    }

    /// Encodes each word of the range of the text.
    ///
    /// `beginsText` says whether the range is where the whole text begins. Throws if a piece
    /// becomes longer than a text may be.
    func encode(
        _ text: [UInt8], _ range: Range<Int>, beginsText: Bool, with encoder: inout WordEncoder
    ) throws(TokenizationError) {
        guard !range.isEmpty else { return }
        var pieces = [range]
        for stage in stages { pieces = split(pieces, of: text, by: stage) }
        switch ending {
        case .plain:
            for piece in pieces { encoder.encode(text, piece) }
        case .byteLevel(let addsPrefixSpace, let usesPattern):
            var ends: [Int] = []
            for piece in pieces {
                if addsPrefixSpace, text[piece.lowerBound] != UInt8(ascii: " ") {
                    let spaced = [UInt8(ascii: " ")] + text[piece]
                    encodeWords(spaced, 0..<spaced.count, usesPattern, &ends, with: &encoder)
                } else {
                    encodeWords(text, piece, usesPattern, &ends, with: &encoder)
                }
            }
        case .metaspace(let metaspace):
            for piece in pieces {
                let isFirst = beginsText && piece.lowerBound == range.lowerBound
                let marked = try metaspace.marked(text, piece, beginsText: isFirst)
                var start = 0
                while start < marked.count {
                    let end = metaspace.wordEnd(marked, start..<marked.count)
                    encoder.encode(marked, start..<end)
                    start = end
                }
            }
        }
    }

    private func encodeWords(
        _ text: [UInt8], _ piece: Range<Int>, _ usesPattern: Bool, _ ends: inout [Int],
        with encoder: inout WordEncoder
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
        var parts: [Range<Int>] = []
        var ends: [Int] = []
        parts.reserveCapacity(pieces.count)
        for piece in pieces {
            ends.removeAll(keepingCapacity: true)
            switch stage {
            case .pattern(_, .removed): return []
            case .pattern(_, .contiguous): return pieces
            case .pattern(let pattern, .isolated):
                scanner.appendEnds(of: pattern, in: text, piece, to: &ends)
            case .digits(let individual):
                appendDigitEnds(text, piece, individual, to: &ends)
            case .literal(let split): split.appendPieces(of: text, piece, to: &parts)
            case .bertWords: appendBertWords(text, piece, to: &parts)
            }
            var start = piece.lowerBound
            for end in ends {
                parts.append(start..<end)
                start = end
            }
        }
        return parts
    }

    private func appendBertWords(
        _ text: [UInt8], _ piece: Range<Int>, to parts: inout [Range<Int>]
    ) {
        let classes = CharacterClasses.bert
        let ending = CharacterClasses.separator | CharacterClasses.punctuation
        var start = piece.lowerBound
        var index = start
        while index < piece.upperBound {
            let bits = classes.bits(UTF8Text.scalar(in: text, at: index)) & ending
            let next = index + UTF8Text.length(lead: text[index])
            if bits != 0 {
                if start < index { parts.append(start..<index) }
                if bits & CharacterClasses.separator == 0 { parts.append(index..<next) }
                start = next
            }
            index = next
        }
        if start < piece.upperBound { parts.append(start..<piece.upperBound) }
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
