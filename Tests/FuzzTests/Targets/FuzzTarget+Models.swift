import Models
import Tokenization

extension FuzzTarget {
    /// Every kind of character, and what tokenizer files like to spell as added tokens.
    private static let text = Array(
        """
        Hello  world's 12345 x86_64\r\n\t <|endoftext|><|begin_of_text|><s> naïve cafe\u{301} \
        \u{1100}\u{1161} 漢字 🦊🏳️‍🌈\u{200b} don't — “quote”  \n\n  aaaaaaaaaaaaaaaaaaaaaaaa
        """.utf8)

    /// A `tokenizer.json`; every id that it gives is one of its own.
    func readsTokenizer(_ bytes: [UInt8]) throws -> Bool {
        guard let tokenizer = try? Tokenizer(json: bytes) else { return false }
        let plain = try tokenizer.encode(Self.text)
        let special = try tokenizer.encode(Self.text, addSpecialTokens: true)
        _ = try tokenizer.decode(plain)
        _ = try tokenizer.decode(special)
        guard special.count >= plain.count else {
            throw Finding("A text has fewer tokens with the special ones than without.")
        }
        return true
    }

    /// A `config.json`, and the arithmetic that planning does with it.
    func readsModelConfiguration(_ bytes: [UInt8]) throws -> Bool {
        try readsGGUFConfiguration(bytes)
        guard let model = try? ArchitectureCatalogue.architecture(configuration: bytes) else {
            return false
        }
        let length = model.maximumPositions
        var figures: [Double] = [Double(model.headWorkingBytes(tokens: length))]
        figures.append(model.headFlops(tokens: length))
        for block in [0, model.blockCount - 1] {
            guard model.linearGroups(inBlock: block).last?.step == 3 else {
                throw Finding("A block does not end with its fourth step.")
            }
            for first in 0..<4 {
                for end in first...4 {
                    let bytes = model.segmentWorkingBytes(
                        block: block, groups: first..<end, tokens: length,
                        sequenceLength: length)
                    figures.append(Double(bytes))
                    figures.append(
                        model.segmentFlops(
                            block: block, groups: first..<end, tokens: length,
                            sequenceLength: length))
                }
            }
        }
        guard figures.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw Finding("The cost of a model is negative or infinite.")
        }
        // A thousand blocks are enough to see whether their names and sizes can be had.
        if model.blockCount <= 1_000 {
            guard model.parameterCount > 0 else { throw Finding("A model has no parameters.") }
            try? model.validate(tensors: [])
        }
        try runs(model)
        return true
    }
}
