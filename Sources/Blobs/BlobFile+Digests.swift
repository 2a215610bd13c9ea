import Domain

extension BlobFile {
    /// The SHA-256 of each 4 MiB chunk of a range, several at once.
    ///
    /// It reads rather than maps: a sector that cannot be read must not end the process.
    func chunkDigests(_ range: Range<Int>) throws(BlobError) -> [Digest] {
        try Self.digests(of: chunks(of: range))
    }

    /// The 4 MiB chunks of a range, the last one shorter.
    func chunks(of range: Range<Int>) -> [FileRange] {
        stride(from: range.lowerBound, to: range.upperBound, by: Limits.chunkBytes).map {
            FileRange(
                descriptor: descriptor, path: path,
                range: $0..<min($0 + Limits.chunkBytes, range.upperBound))
        }
    }

    /// The SHA-256 of each range, several at once; in order.
    static func digests(of ranges: [FileRange]) throws(BlobError) -> [Digest] {
        var digests = [Digest?](repeating: nil, count: ranges.count)
        // The longest first, so that lanes of one turn end together.
        let order = ranges.indices.sorted {
            let (a, b) = (ranges[$0].range.count, ranges[$1].range.count)
            return a == b ? $0 < $1 : a > b
        }
        var start = 0
        while start < order.count {
            let turn = order[start..<min(start + ChunkLanes.countMax, order.count)]
            let found = try Self.digests(ofTurn: turn.map { ranges[$0] })
            for (index, digest) in zip(turn, found) { digests[index] = digest }
            start = turn.endIndex
        }
        return digests.map { digest in
            guard let digest else { preconditionFailure("each range had its turn") }
            return digest
        }
    }

    /// One message has about 1.5 times the rate of a lane, so few or uneven ones go one by one.
    private static func digests(ofTurn turn: [FileRange]) throws(BlobError) -> [Digest] {
        let longest = turn.first?.range.count ?? 0
        let total = turn.reduce(0) { $0 + $1.range.count }
        if turn.count > 1, 2 * total > 3 * longest {
            var lanes = ChunkLanes(ranges: turn.count)
            return try lanes.digests(of: turn)
        }
        var digests: [Digest] = []
        for message in turn { digests.append(try digest(of: message)) }
        return digests
    }

    private static func digest(of message: FileRange) throws(BlobError) -> Digest {
        var hasher = ChunkHasher()
        var start = message.range.lowerBound
        while start < message.range.upperBound {
            let bytes = try SystemCall.read(
                min(stepBytes, message.range.upperBound - start), at: start,
                from: message.descriptor, path: message.path)
            hasher.update(bytes.rawBytes)
            start += bytes.count
        }
        return hasher.finish()
    }

    private static let stepBytes = 512 << 10
}
