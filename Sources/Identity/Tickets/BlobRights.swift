public import Domain

/// What a ticket lets its bearer do at one holder of blobs; by default nothing.
public struct BlobRights: Sendable, Equatable {
    /// Digests that one ticket can list: as many as ``Domain/Limits/ticketBytesMax`` has room for.
    public static let digestsMax = (Limits.ticketBytesMax - Ticket.emptyBytes) / DigestPrefix.bytes

    /// Whether every blob may be read.
    public let mayGetAny: Bool
    /// Whether blobs may be sent.
    public let mayPut: Bool
    let listed: [DigestPrefix]

    /// How many digests are listed.
    public var listedCount: Int { listed.count }

    /// Rights to read the blobs of `digests`, and to send blobs when `mayPut` says so.
    ///
    /// - Throws: ``IdentityError/tooManyDigests(count:limit:)`` over ``digestsMax``.
    public init(get digests: some Sequence<Digest>, mayPut: Bool = false) throws(IdentityError) {
        let prefixes = Set(digests.map { DigestPrefix($0) })
        guard prefixes.count <= Self.digestsMax else {
            throw .tooManyDigests(count: prefixes.count, limit: Self.digestsMax)
        }
        self.init(mayGetAny: false, mayPut: mayPut, listed: prefixes.sorted())
    }

    /// Rights to read every blob, or none, and to send blobs or not.
    public init(getAny: Bool, mayPut: Bool) {
        self.init(mayGetAny: getAny, mayPut: mayPut, listed: [])
    }

    init(mayGetAny: Bool, mayPut: Bool, listed: [DigestPrefix]) {
        self.mayGetAny = mayGetAny
        self.mayPut = mayPut
        self.listed = listed
    }

    /// Whether the blob `digest` may be read.
    public func allowsGet(_ digest: Digest) -> Bool {
        if mayGetAny { return true }
        let wanted = DigestPrefix(digest)
        var low = 0
        var high = listed.count
        while low < high {
            let middle = low + (high - low) / 2
            if listed[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low < listed.count && listed[low] == wanted
    }
}

/// The first 16 bytes of a digest.
///
/// Tickets list these, to be half as long. Nobody can make a blob that shares them with a given
/// other blob: that would take 2^128 tries.
struct DigestPrefix: Hashable, Sendable, Comparable {
    static let bytes = 16

    private let high: UInt64
    private let low: UInt64

    init(_ digest: Digest) {
        self.init(bytes: digest.bytes[0..<Self.bytes])
    }

    /// Takes exactly 16 bytes.
    init(bytes: ArraySlice<UInt8>) {
        precondition(bytes.count == Self.bytes)
        high = BigEndian.number(bytes.prefix(8))
        low = BigEndian.number(bytes.dropFirst(8))
    }

    var encoded: [UInt8] { BigEndian.bytes(high) + BigEndian.bytes(low) }

    static func < (left: DigestPrefix, right: DigestPrefix) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}
