import Blobs

/// The digests of a blob's chunks.
enum HashingCases {
    private static let chunkBytes = 4 << 20
    private static let chunks = 16

    static var all: [KernelCase] {
        [
            KernelCase(
                name: "hashRanges", shape: "\(chunks) chunks of 4 MiB", flops: 0,
                bytes: Double(chunks * chunkBytes), twin: "one chunk after another",
                isQuick: true
            ) {
                let folder = try ScratchFolder(inside: nil)
                let total = chunks * chunkBytes
                let file = try folder.makeFile(named: "chunks", byteCount: total)
                let starts = Array(stride(from: 0, to: total, by: chunkBytes))
                return KernelPair(
                    fast: {
                        try stopwatch {
                            keep(try BlobStore.hashRanges(file: file, [0..<total]))
                        }
                    },
                    twin: {
                        // The folder lives as long as this closure.
                        _ = folder
                        return try stopwatch {
                            for start in starts {
                                keep(
                                    try BlobStore.hashRange(
                                        file: file, offset: start, byteCount: chunkBytes))
                            }
                        }
                    })
            }
        ]
    }
}
