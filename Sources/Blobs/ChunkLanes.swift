internal import CKernels
import Domain
import Foundation

/// Bytes of an open file that are one message. The descriptor must outlive it.
struct FileRange {
    let descriptor: Int32
    let path: String
    let range: Range<Int>
}

/// SHA-256 of several ranges of files at once, one in each lane of the processor's vectors.
///
/// Faster than one after another on processors without instructions for SHA-256. Its naive twin is
/// ``ChunkHasher``.
struct ChunkLanes {
    /// How many ranges this processor hashes at once: 8, or 16 with vectors of 512 bits.
    static let countMax = Int(ck_sha256_lanes_max())
    /// Bytes of each range that are read at once: all of them together stay in a core's cache.
    private static let stepBytes = 64 << 10
    /// A message's end may add two blocks.
    private static let strideBytes = stepBytes + 128
    private static let initial: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    /// Lanes of the kernel in use: 8 or 16.
    private let count: Int
    private var buffer: [UInt8]

    /// Lanes for up to `ranges` ranges, at most ``countMax``.
    init(ranges: Int) {
        precondition(ranges <= Self.countMax)
        count = ranges > 8 ? 16 : 8
        buffer = [UInt8](repeating: 0, count: count * Self.strideBytes)
    }

    /// The SHA-256 of each range, in order.
    ///
    /// - Precondition: there are at most as many ranges as the lanes were made for.
    mutating func digests(of ranges: [FileRange]) throws(BlobError) -> [Domain.Digest] {
        precondition(ranges.count <= count)
        var states = (0..<8 * count).map { Self.initial[$0 / count] }
        var taken = [Int](repeating: 0, count: ranges.count)
        var isOver = [Bool](repeating: false, count: ranges.count)
        while isOver.contains(false) {
            var blocks = [Int](repeating: 0, count: count)
            for lane in ranges.indices where !isOver[lane] {
                let message = ranges[lane]
                let start = lane * Self.strideBytes
                let step = min(Self.stepBytes, message.range.count - taken[lane])
                try SystemCall.read(
                    into: &buffer, range: start..<start + step,
                    at: message.range.lowerBound + taken[lane], from: message.descriptor,
                    path: message.path)
                taken[lane] += step
                isOver[lane] = taken[lane] == message.range.count
                blocks[lane] = step / 64
                if isOver[lane] {
                    blocks[lane] = pad(from: start, by: step, of: message.range.count) / 64
                }
            }
            feed(&states, blocks)
        }
        return ranges.indices.map { digest(ofLane: $0, in: states) }
    }

    private func feed(_ states: inout [UInt32], _ blocks: [Int]) {
        if count == 16 {
            unsafe ck_sha256_16_lanes(&states, buffer, Self.strideBytes, blocks)
        } else {
            unsafe ck_sha256_8_lanes(&states, buffer, Self.strideBytes, blocks)
        }
    }

    private func digest(ofLane lane: Int, in states: [UInt32]) -> Domain.Digest {
        let bytes = (0..<32).map {
            UInt8(truncatingIfNeeded: states[$0 / 4 * count + lane] >> (24 - $0 % 4 * 8))
        }
        guard let digest = Domain.Digest(bytes: bytes) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return digest
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
