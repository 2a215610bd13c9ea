public import Foundation

/// Everything that must survive a restart to know who may come in: tokens, names, denials.
public struct AccessBook: Sendable, Equatable, Codable {
    private static let file = "access.json"

    /// The open join tokens.
    public var tokens = TokenRegister()
    /// Which names are taken.
    public var nodes = NodeRegister()
    /// Who is no longer let in.
    public var denied = DenyList()

    /// An empty book.
    public init() {}

    /// Reads the book of `folder`; an empty one when there is none yet.
    ///
    /// - Throws: ``IdentityError/unreadableFile(path:reason:)`` or
    ///   ``IdentityError/exposedFile(path:)``: then nobody is let in rather than somebody denied.
    public init(loading folder: URL) throws(IdentityError) {
        let folder = SecretFolder(folder)
        guard folder.contains(Self.file) else { return }
        self = try folder.json(AccessBook.self, Self.file, isSecret: true)
    }

    /// Writes the book into `folder`; it is on the disk when this returns.
    public func save(to folder: URL) throws(IdentityError) {
        try SecretFolder(folder).write(json: self, to: Self.file)
    }
}
