public import Domain

/// A holder of a blob, and what lets us read it there.
public struct BlobSource: Sendable, Hashable {
    /// Where it serves.
    public let address: String
    /// What to show it; nil in a cluster without identities.
    public let pass: BlobPass?

    /// A source from its parts.
    public init(address: String, pass: BlobPass? = nil) {
        self.address = address
        self.pass = pass
    }
}
