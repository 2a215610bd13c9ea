import Domain
import Identity
import Synchronization

/// The pass that a client shows, replaced when it ends.
final class PassBook: Sendable {
    /// What requests are sealed with now; without a sealer they go in the clear.
    struct Page: Sendable {
        let sealer: FrameSealer?
        /// Grows with each new pass.
        let number: Int
    }

    private let current: Mutex<Page>
    private let renewal: (@Sendable () throws -> BlobPass?)?

    init(_ pass: BlobPass?, renewal: (@Sendable () throws -> BlobPass?)? = nil) throws {
        current = Mutex(Page(sealer: try Self.sealer(pass), number: 0))
        self.renewal = renewal
    }

    var page: Page { current.withLock { $0 } }

    func replace(_ pass: BlobPass?) throws {
        let sealer = try Self.sealer(pass)
        current.withLock { $0 = Page(sealer: sealer, number: $0.number + 1) }
    }

    /// Whether there is another pass now than the one that was refused.
    func hasOther(than refused: Page) throws -> Bool {
        if page.number != refused.number { return true }
        guard let fresh = try renewal?() else { return false }
        try replace(fresh)
        return true
    }

    private static func sealer(_ pass: BlobPass?) throws -> FrameSealer? {
        guard let pass else { return nil }
        return try FrameSealer(pass: pass)
    }
}
