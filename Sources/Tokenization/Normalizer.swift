/// What is done to a text before it is split.
struct Normalizer: Sendable, Equatable {
    /// One step, applied to what the step before made.
    enum Step: Sendable, Equatable {
        /// Normalization form C.
        case composition
        /// A string put before every text that is not empty.
        case prefix([UInt8])
        case replacement(TextReplacement)
        case bert(BertNormalizer)
    }

    let steps: [Step]

    /// Whether what it makes can begin later in the text than the text does.
    var canDropStart: Bool {
        steps.contains { step in
            switch step {
            case .composition, .prefix: false
            case .replacement(let replacement): replacement.content.isEmpty
            case .bert(let bert): bert.cleansText || bert.stripsAccents
            }
        }
    }

    /// The normalized bytes of the range of valid UTF-8; nil if nothing changes for sure.
    ///
    /// Throws if they are more than a text may have.
    func normalized(
        _ text: [UInt8], _ range: Range<Int>
    ) throws(TokenizationError) -> [UInt8]? {
        var result: [UInt8]?
        for step in steps {
            let input = result ?? text
            let extent = result.map { 0..<$0.count } ?? range
            guard !extent.isEmpty else { break }
            switch step {
            case .composition:
                result = CanonicalComposer.shared.normalized(input, extent) ?? result
            case .prefix(let prefix):
                result = prefix + input[extent]
            case .replacement(let replacement):
                result = try replacement.replaced(input, extent)
            case .bert(let bert):
                result = bert.normalized(input, extent)
            }
            if let result { try Tokenizer.checkLength(result.count) }
        }
        return result
    }
}
