import Blobs
import Domain
import Linalg
import Tokenization

/// Tokenises a text, or takes given ids, and cuts windows.
///
/// Windows are consecutive and do not overlap; a remainder is dropped. With a seed, windows are
/// drawn without replacement by a Fisher–Yates shuffle of splitmix64; the held-out ones follow
/// those that calibrate in the same order.
enum PrepareTokensTask: TaskKind {
    static let name = TaskNames.prepareTokens
    static let version = 2

    /// The tokens of the file, and those that go around each window.
    private struct Tokens {
        let ids: [Int32]
        var prefix: [Int32] = []
        var suffix: [Int32] = []
    }

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(PrepareTokensParameters.self)
        let tokens = try tokens(parameters, context)
        let ids = tokens.ids
        let length = parameters.length - tokens.prefix.count - tokens.suffix.count
        guard length >= 1 else {
            throw TaskError.data(
                "Windows of \(parameters.length) tokens have no room for the text beside the "
                    + "tokenizer's special tokens: give a larger length.")
        }
        let available = ids.count / length
        guard available >= 1 else {
            throw TaskError.data(
                "The text has \(ids.count) tokens; one window alone needs \(length): "
                    + "give more text or a smaller length.")
        }
        let wanted = parameters.windows ?? available
        guard wanted <= available else {
            throw TaskError.data(
                "The text has \(ids.count) tokens, that is \(available) windows of "
                    + "\(length); \(wanted) were asked for: give more text, or lower "
                    + "samples or length.")
        }
        let heldOut = min(parameters.heldOut, available - wanted)
        let windows = windowOrder(available, seed: parameters.seed).prefix(wanted + heldOut)
            .map { ids[$0 * length..<($0 + 1) * length] }
        for window in [tokens.prefix[...], tokens.suffix[...]] + windows {
            try check(window, vocabularySize: parameters.vocabularySize)
        }
        let writer = try context.writer(
            for: "tokens", bytes: windows.count * parameters.length * 4)
        for window in windows {
            try writer.append(int32Bytes(tokens.prefix + window + tokens.suffix))
        }
        try context.finish(writer, as: "tokens")
        return try CanonicalJSON.encode(
            TokenFacts(tokens: ids.count, windows: wanted, heldOut: heldOut))
    }

    private static func tokens(
        _ parameters: PrepareTokensParameters, _ context: TaskContext
    ) throws -> Tokens {
        let wraps = parameters.wrapsWindows ?? false
        switch parameters.format {
        case .text:
            let tokenizer = try Tokenizer(json: try context.bytes(of: "tokenizer"))
            let ids = try tokenizer.encode(
                try context.bytes(of: "text"),
                addSpecialTokens: parameters.addsSpecialTokens && !wraps)
            guard wraps else { return Tokens(ids: ids) }
            let (prefix, suffix) = tokenizer.specialTokens
            return Tokens(ids: ids, prefix: prefix, suffix: suffix)
        case .identifiers:
            let blob = try context.open("identifiers")
            guard blob.byteCount % 4 == 0 else {
                throw TaskError.data("The token file has a broken last token.")
            }
            guard !wraps else {
                throw TaskError.data(
                    "Special tokens can be put around windows of a text only: give the token ids "
                        + "as they are to be.")
            }
            return Tokens(ids: tokenIdentifiers(blob, 0..<blob.byteCount / 4))
        }
    }

    private static func windowOrder(_ count: Int, seed: UInt64?) -> [Int] {
        var order = Array(0..<count)
        guard let seed else { return order }
        var generator = SplitMix64(seed: seed)
        for index in stride(from: count - 1, to: 0, by: -1) {
            // The bias of a 64-bit remainder is below 2⁻³² for any possible text.
            order.swapAt(index, Int(generator.next() % UInt64(index + 1)))
        }
        return order
    }

    private static func check(_ ids: ArraySlice<Int32>, vocabularySize: Int) throws {
        for (position, id) in zip(ids.indices, ids) where id < 0 || Int(id) >= vocabularySize {
            throw TaskError.data(
                "Token \(position) has the id \(id); the model knows ids from 0 "
                    + "to \(vocabularySize - 1): does the tokenizer belong to "
                    + "this model?")
        }
    }
}

/// Reads little-endian 32-bit token ids: those at the positions `range`.
func tokenIdentifiers(_ blob: MappedBlob, _ range: Range<Int>) -> [Int32] {
    let bytes = blob.copy(range.lowerBound * 4..<range.upperBound * 4)
    var ids: [Int32] = []
    ids.reserveCapacity(range.count)
    for start in stride(from: 0, to: bytes.count, by: 4) {
        var word: UInt32 = 0
        for byte in 0..<4 { word |= UInt32(bytes[start + byte]) << (8 * UInt32(byte)) }
        ids.append(Int32(bitPattern: word))
    }
    return ids
}
