/// The tokens of a tokenizer while its file is read, by their spelling in the file and by id.
struct Vocabulary {
    private(set) var ids: [[UInt8]: Int32] = [:]
    /// Whether tokens are written in `ByteAlphabet`.
    let isByteLevel: Bool
    /// The text of each id, in a byte-level vocabulary the bytes that it decodes to; nil where an
    /// id is not in use.
    private(set) var bytesByID: [[UInt8]?] = []
    /// The number of different tokens.
    private(set) var count = 0

    /// Reads `model.vocab`.
    init(_ json: JSONValue, isByteLevel: Bool) throws(TokenizationError) {
        self.isByteLevel = isByteLevel
        let path = "model.vocab"
        guard case .object(let members) = json else {
            guard json.isNull else { throw .invalidField(path, expected: "an object") }
            throw .missingField(path)
        }
        ids.reserveCapacity(members.count)
        for member in members {
            let id = try member.value.tokenID(at: "\(path).\(Self.name(member.key))")
            guard ids.updateValue(id, forKey: member.key) == nil else {
                throw .invalidField(path, expected: "\(Self.name(member.key)) only once")
            }
            try insert(textBytes(of: member.key) ?? member.key, at: id)
        }
    }

    /// The bytes of text that a token stands for; nil if it can stand for none.
    func textBytes(of token: [UInt8]) -> [UInt8]? {
        isByteLevel ? ByteAlphabet.bytes(of: token) : token
    }

    /// The tokens that `byte_fallback` spells bytes with, "<0x00>" to "<0xFF>"; -1 for none.
    var byteTokens: [Int32] {
        let digits = Array("0123456789ABCDEF".utf8)
        return (0..<256).map { byte in
            let code = [digits[byte >> 4], digits[byte & 15]]
            return ids[Array("<0x".utf8) + code + Array(">".utf8)] ?? -1
        }
    }

    /// Adds a token that is not in the model, or lets an added token decode to its own text.
    mutating func add(_ content: [UInt8], id: Int32) throws(TokenizationError) {
        if ids[content] == nil {
            try insert(content, at: id)
        } else {
            bytesByID[Int(id)] = content
        }
    }

    private mutating func insert(_ bytes: [UInt8], at id: Int32) throws(TokenizationError) {
        let index = Int(id)
        if index >= bytesByID.count {
            bytesByID.append(
                contentsOf: repeatElement(nil, count: index + 1 - bytesByID.count))
        }
        guard bytesByID[index] == nil else {
            throw .invalidField("model.vocab", expected: "the id \(id) for one token only")
        }
        bytesByID[index] = bytes
        count += 1
    }

    /// A token for a message.
    static func name(_ token: [UInt8]) -> String { String(decoding: token, as: UTF8.self) }
}
