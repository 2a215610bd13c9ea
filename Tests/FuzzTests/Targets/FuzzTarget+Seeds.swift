import Blobs
import Checkpoints
import Domain
import Foundation
import Planning
import Wire

extension FuzzTarget {
    /// Valid samples to start from, made by our own code; `Fixtures/` holds more of them, and
    /// everything that was ever found.
    public func seeds() throws -> [[UInt8]] {
        switch self {
        case .workerRequest: try Samples.workerRequests.map { try $0.encoded() }
        case .workerReply: try Samples.workerReplies.map { try $0.encoded() }
        case .clientRequest: try Samples.clientRequests.map { try $0.encoded() }
        case .clientReply: try Samples.clientReplies.map { try $0.encoded() }
        case .blobRequest: try Samples.blobRequests.map { try $0.encoded() }
        case .blobReply: try Samples.blobReplies.map { try $0.encoded() }
        case .sessionRequest: try Self.sessionRequests.map { try $0.encoded() }
        case .sessionReply: try Self.sessionReplies.map { try $0.encoded() }
        case .sessionProblem: try Self.sessionProblems.map { try $0.encoded() }
        case .blobManifest:
            [0, 1, 3].compactMap { count in
                let chunks = (0..<count).map { Digest(sha256Of: [UInt8($0)]) }
                return BlobManifest(byteCount: count * Limits.chunkBytes, chunks: chunks)?
                    .canonicalBytes
            }
        case .recipe: PaperModel.recipes.map { Array($0.utf8) }
        case .specification: try PaperModel.specifications().map { try $0.encoded() }
        case .tokenFacts:
            [Array(#"{"heldOut":1,"tokens":5000,"windows":8}"#.utf8)]
        case .safetensors: Self.safetensorsSeeds
        case .gguf: [try Self.ggufSeed(), try Self.ggufTypesSeed()]
        case .ggufModel: try Self.ggufModelSeeds()
        case .folder: Self.folderSeeds.map { Array($0.utf8) }
        case .tokens: Self.tokenSeeds
        case .shardIndex: [Array(Self.shardIndexSeed.utf8)]
        case .tokenizer: Self.tokenizerSeeds.map { Array($0.utf8) }
        case .modelConfiguration: Self.configurationSeeds.map { Array($0.utf8) }
        }
    }

    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 & 255) } }

    private static let sessionRequests: [SessionRequest] = [
        .challenge, .fetchAuthority, .renew(request: bytes(300)),
        .open(
            certificate: bytes(400), nonce: bytes(32), incarnation: .max, signature: bytes(64)),
        .join(token: "skv1.a.b.c", request: bytes(300), name: "node-1"),
    ]

    private static let sessionProblems: [SessionProblem] = [
        .unknownSession, .refused("Not you."), .later(milliseconds: 500, "The disk is full."),
    ]

    private static let sessionReplies: [SessionReply] =
        [
            .challenge(nonce: bytes(32), cluster: "test"), .joined(certificate: bytes(400)),
            .authority(certificate: bytes(400), cluster: "test"),
            .opened(
                session: bytes(16), key: bytes(32), expiresUnixMs: 1_800_000_000_000,
                renewDueUnixMs: 1_700_000_000_000),
        ] + sessionProblems.map { .problem($0) }

    private static func safetensors(_ header: String, dataBytes: Int) -> [UInt8] {
        let count = UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8)
            + [UInt8](repeating: 1, count: dataBytes)
    }

    private static let safetensorsSeeds = [
        safetensors(
            #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":"#
                + #"[0,16]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}}"#,
            dataBytes: 22),
        safetensors(#"{"e":{"dtype":"I64","shape":[0],"data_offsets":[0,0]}}"#, dataBytes: 0),
    ]

    /// A tokenizer of two tokens, and tensors of several types.
    private static func ggufSeed() throws -> [UInt8] {
        let layout = try GGUFLayout(
            metadata: [
                "general.architecture": .string("llama"), "llama.block_count": .uint32(1),
                "llama.rope.freq_base": .float32(10_000),
                "nested": .array(of: .array, [.array(of: .uint16, [.uint16(7)])]),
                "tokenizer.ggml.model": .string("gpt2"), "tokenizer.ggml.pre": .string("qwen2"),
                "tokenizer.ggml.tokens": .texts(["a", "<s>"]),
                "tokenizer.ggml.token_type": .array(of: .int32, [.int32(1), .int32(3)]),
                "tokenizer.ggml.merges": .texts(["a a"]),
                "tokenizer.ggml.bos_token_id": .uint32(1),
            ],
            tensors: [
                ("a", .float32, [2, 2]), ("b", .q4Type0, [1, 32]), ("c", .q4K, [256]),
                ("d", .bfloat16, []), ("e", .iq2S, [256]),
            ])
        let dataBytes = layout.totalBytes - layout.headerBytes.count
        return layout.headerBytes + [UInt8](repeating: 1, count: dataBytes)
    }

    private static func numpy(_ description: String, dataBytes: Int) -> [UInt8] {
        [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(description.utf8.count), 0]
            + Array(description.utf8) + [UInt8](repeating: 0, count: dataBytes)
    }

    private static let tokenSeeds = [
        numpy("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }\n", dataBytes: 24),
        numpy("{'descr': '<i8', 'fortran_order': False, 'shape': (4,), }\n", dataBytes: 32),
        safetensors(#"{"t":{"dtype":"I32","shape":[1,4],"data_offsets":[0,16]}}"#, dataBytes: 16),
    ]

    private static let shardIndexSeed = """
        {"metadata": {"total_size": 12}, "weight_map": {
        "a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
        """
}
