/// What a `post_processor` puts around a single sequence.
struct TokenTemplate {
    private var first: Int?
    private var last: Int?

    /// Reads byte-level and template processors, alone or in a sequence.
    init(_ value: JSONValue, ids: [String: Int]) throws(CheckpointError) {
        let settings = GGUFSettings(value: value, file: "tokenizer.json, post_processor")
        switch value["type"] {
        case nil, .string("ByteLevel"): return
        case .string("Sequence"):
            for part in try settings.list("processors") ?? [] {
                let inner = try TokenTemplate(part, ids: ids)
                guard first == nil || inner.first == nil, last == nil || inner.last == nil else {
                    throw settings.wrong(
                        "processors", "put more than one token on a side of the text")
                }
                first = first ?? inner.first
                last = last ?? inner.last
            }
        case .string("TemplateProcessing"):
            let parts = try settings.list("single") ?? []
            let tokens = try parts.map { (part) throws(CheckpointError) -> Int? in
                guard let special = part["SpecialToken"] else { return nil }
                guard case .string(let token)? = special["id"], let id = ids[token] else {
                    throw settings.wrong("single", "names an unknown token")
                }
                return id
            }
            // One token on either side of the text is what a GGUF file can state.
            guard let text = tokens.firstIndex(of: nil), text <= 1, tokens.count - text <= 2 else {
                throw settings.wrong("single", "puts more than one token on a side of the text")
            }
            first = text == 1 ? tokens[0] : nil
            last = tokens.count - text == 2 ? tokens[text + 1] : nil
        default:
            throw settings.wrong("type", "is neither ByteLevel nor TemplateProcessing")
        }
    }

    func begins(with id: Int?) throws(CheckpointError) -> Bool { try isSame(first, id) }
    func ends(with id: Int?) throws(CheckpointError) -> Bool { try isSame(last, id) }

    /// Only the tokens for beginning and end can be put there by a GGUF file.
    private func isSame(_ token: Int?, _ id: Int?) throws(CheckpointError) -> Bool {
        guard token == nil || token == id else {
            throw .noGGUFForm(
                reason: "the post_processor of tokenizer.json puts a token beside the text that is "
                    + "neither the beginning nor the end")
        }
        return token != nil
    }
}
