internal import CKernels
import Domain
import Foundation

/// SHA-256 of several ranges of a file at once, one in each lane of the processor's vectors.
///
/// Faster than one after another on processors without instructions for SHA-256. Its naive twin is
/// ``ChunkHasher``.
struct ChunkLanes {
    /// How many ranges fit in.
    static let count = Int(CK_SHA256_LANES)
    /// Bytes of each range that are read at once: all of them together stay in a core's cache.
    private static let stepBytes = 64 << 10
    /// A message's end may add two blocks.
    private static let strideBytes = stepBytes + 128
    private static let initial: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    private var buffer = [UInt8](repeating: 0, count: count * strideBytes)

    /// The SHA-256 of each range, read from `file`, in order.
    ///
    /// - Precondition: there are at most ``count`` ranges.
    mutating func digests(
        of ranges: [Range<Int>], in file: borrowing BlobFile
    ) throws(BlobError) -> [Domain.Digest] {
        precondition(ranges.count <= Self.count)
        var states = (0..<8 * Self.count).map { Self.initial[$0 / Self.count] }
        var taken = [Int](repeating: 0, count: ranges.count)
        var isOver = [Bool](repeating: false, count: ranges.count)
        while isOver.contains(false) {
            var blocks = [Int](repeating: 0, count: Self.count)
            for lane in ranges.indices where !isOver[lane] {
                let start = lane * Self.strideBytes
                let count = min(Self.stepBytes, ranges[lane].count - taken[lane])
                try file.read(
                    at: ranges[lane].lowerBound + taken[lane], into: &buffer,
                    range: start..<start + count)
                taken[lane] += count
                isOver[lane] = taken[lane] == ranges[lane].count
                blocks[lane] = count / 64
                if isOver[lane] {
                    blocks[lane] = pad(from: start, by: count, of: ranges[lane].count) / 64
                }
            }
            unsafe ck_sha256_lanes(&states, buffer, Self.strideBytes, blocks)
        }
        return ranges.indices.map { lane in
            let bytes = (0..<32).map {
                UInt8(truncatingIfNeeded: states[$0 / 4 * Self.count + lane] >> (24 - $0 % 4 * 8))
            }
            guard let digest = Domain.Digest(bytes: bytes) else {
                preconditionFailure("SHA-256 has 32 bytes")
            }
            return digest
        }
    }

    /// Ends a message of `total` bytes whose last `count` lie at `start`: a one, zeros, and its
    /// length in bits (FIPS 180-4, 5.1.1). Returns the bytes with the end, whole blocks.
    private mutating func pad(from start: Int, by count: Int, of total: Int) -> Int {
        let padded = (count + 9 + 63) / 64 * 64
        buffer[start + count] = 0x80
        for index in count + 1..<padded - 8 { buffer[start + index] = 0 }
        let bits = UInt64(total) * 8
        for index in 0..<8 {
            buffer[start + padded - 8 + index] = UInt8(truncatingIfNeeded: bits >> (56 - 8 * index))
        }
        return padded
    }
}
