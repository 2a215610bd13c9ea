import Blobs
import Crypto
import Foundation

/// What names and protects blobs.
enum DigestStages {
    private static let messageBytes = 4 << 20
    private static let fileBytes = 256 << 20

    /// The stages; the file that is hashed is in `folder`, and its pages stay in memory.
    static func all(folder: ScratchFolder) throws -> [FloorStage] {
        [oneMessage, try chunks(folder: folder), seal]
    }

    private static var oneMessage: FloorStage {
        FloorStage(
            name: "SHA-256", shape: "one message, 4 MiB", unit: "GB/s",
            amount: Double(messageBytes) / 1e9
        ) { lane in
            var state = UInt64(lane)
            let bytes = randomBytes(messageBytes, state: &state)
            return { keep(SHA256.hash(data: bytes)) }
        }
    }

    private static func chunks(folder: ScratchFolder) throws -> FloorStage {
        let file = try folder.makeFile(named: "chunks", byteCount: fileBytes)
        return FloorStage(
            name: "SHA-256", shape: "blob of 64 chunks", unit: "GB/s",
            amount: Double(fileBytes) / 1e9
        ) { _ in
            { keep(try BlobStore.hashRanges(file: file, [0..<fileBytes])) }
        }
    }

    private static var seal: FloorStage {
        FloorStage(
            name: "AES-256-GCM", shape: "seal 4 MiB", unit: "GB/s",
            amount: Double(messageBytes) / 1e9
        ) { lane in
            var state = UInt64(lane)
            let bytes = randomBytes(messageBytes, state: &state)
            let key = SymmetricKey(size: .bits256)
            return { keep(try AES.GCM.seal(bytes, using: key)) }
        }
    }
}
