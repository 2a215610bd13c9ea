/// GPT-2's alphabet: every byte as one printable scalar, in which byte-level vocabularies are
/// written. Printable Latin-1 stands for itself, the other 68 bytes for U+0100 to U+0143.
enum ByteAlphabet {
    /// The UTF-8 bytes of each byte's scalar.
    static let spellings: [[UInt8]] = scalars.map { scalar in
        var bytes: [UInt8] = []
        UTF8Text.append(scalar, to: &bytes)
        return bytes
    }

    private static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (0..<256 as Range<UInt32>).map { byte in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE {
                return byte
            }
            defer { next += 1 }
            return next
        }
    }()

    private static let byteOfScalar: [UInt32: UInt8] = {
        var bytes: [UInt32: UInt8] = [:]
        for (byte, scalar) in scalars.enumerated() { bytes[scalar] = UInt8(byte) }
        return bytes
    }()

    /// The bytes that a token of the vocabulary (valid UTF-8) stands for; nil if it has a scalar
    /// outside of the alphabet.
    static func bytes(of token: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(token.count)
        var index = 0
        while index < token.count {
            guard let byte = byteOfScalar[UTF8Text.scalar(in: token, at: index)] else { return nil }
            bytes.append(byte)
            index += UTF8Text.length(lead: token[index])
        }
        return bytes
    }
}
