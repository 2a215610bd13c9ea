extension MappedBlob {
    /// A copy of the bytes in `range`, which lies within the blob.
    public func copy(_ range: Range<Int>) -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        copy.append(copying: bytes.extracting(range))
        return copy
    }
}
