/// What senders may claim at once at one holder.
public struct IntakeQuota: Sendable, Hashable {
    /// Blobs that may be on their way at once; more senders are told to wait. 256 by default.
    public var receiptsMax = 256
    /// Blobs that one connection may have begun and not ended. 64 by default.
    public var receiptsPerConnectionMax = 64
    /// Bytes of all blobs that are on their way, which also bounds the memory of their manifests
    /// to 32 MiB. 4 TiB by default.
    public var bytesMax = 4 << 40
    /// Bytes of the blobs that one connection may have begun and not ended. 1 TiB by default.
    public var bytesPerConnectionMax = 1 << 40
    /// Chunks of all manifests that arrive in several pages. 524,288 by default: 16 MiB.
    public var manifestChunksMax = 524_288
    /// Free bytes of the disk that blobs may not take; nil, the default, is a twentieth of the
    /// disk, at most 16 GiB.
    public var floorBytes: Int?

    /// The default quota.
    public init() {}
}
