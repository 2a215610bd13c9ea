internal import Domain

/// The inside of a ticket: the key of the frames, the rights and the end, in fixed places.
///
/// Layout: version 1 | frame key 32 | flags (1 get any, 2 put) | expiry i64 | count u16 | 16 bytes
/// of each listed digest, ascending. Numbers are big-endian.
struct Ticket {
    static let version: UInt8 = 1
    private static let headerBytes = 1 + 32 + 1 + 8 + 2
    /// Bytes of a sealed ticket that lists nothing.
    static let emptyBytes = headerBytes + SealedBytes.overhead
    static let context = Array("spokeshave blob ticket".utf8)

    let frameKey: [UInt8]
    let rights: BlobRights
    let expiresUnixMs: Int64

    init(frameKey: [UInt8], rights: BlobRights, expiresUnixMs: Int64) {
        precondition(frameKey.count == 32)
        self.frameKey = frameKey
        self.rights = rights
        self.expiresUnixMs = expiresUnixMs
    }

    var encoded: [UInt8] {
        let flags: UInt8 = (rights.mayGetAny ? 1 : 0) | (rights.mayPut ? 2 : 0)
        var bytes = [Self.version]
        bytes.reserveCapacity(Self.headerBytes + rights.listed.count * DigestPrefix.bytes)
        bytes += frameKey
        bytes.append(flags)
        bytes += BigEndian.bytes(expiresUnixMs)
        bytes += BigEndian.bytes(UInt16(rights.listed.count))
        for prefix in rights.listed { bytes += prefix.encoded }
        return bytes
    }

    /// Reads what ``encoded`` wrote; nil for anything else.
    init?(decoding bytes: [UInt8]) {
        guard bytes.count >= Self.headerBytes, bytes[0] == Self.version, bytes[33] < 4 else {
            return nil
        }
        let count = Int(BigEndian.number(bytes[42..<44]))
        guard count <= BlobRights.digestsMax,
            bytes.count == Self.headerBytes + count * DigestPrefix.bytes
        else { return nil }
        var listed: [DigestPrefix] = []
        listed.reserveCapacity(count)
        for index in 0..<count {
            let start = Self.headerBytes + index * DigestPrefix.bytes
            let prefix = DigestPrefix(bytes: bytes[start..<start + DigestPrefix.bytes])
            if let last = listed.last, !(last < prefix) { return nil }
            listed.append(prefix)
        }
        frameKey = Array(bytes[1..<33])
        rights = BlobRights(
            mayGetAny: bytes[33] & 1 != 0, mayPut: bytes[33] & 2 != 0, listed: listed)
        expiresUnixMs = Int64(bitPattern: BigEndian.number(bytes[34..<42]))
    }
}
