import Foundation

/// A folder that only its owner may enter, for keys and for what belongs to them.
struct SecretFolder {
    /// Bytes of a file at most: 16 MiB, the size of a full register of 10,000 nodes and more.
    static let fileBytesMax = 16 << 20

    private let url: URL

    init(_ url: URL) {
        self.url = url
    }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func contains(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path(name))
    }

    /// Makes the folder if it is missing, and closes it to everybody else.
    func prepare() throws(IdentityError) {
        let manager = FileManager.default
        do {
            try manager.createDirectory(at: url, withIntermediateDirectories: true)
            try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: url.path)
        } catch {
            throw .unwritableFile(path: url.path, reason: "\(error.localizedDescription)")
        }
    }

    /// Writes a file that only its owner may read, so that after a crash the old one or the new
    /// one is there, whole: a temporary name, fsync, rename, fsync of the folder.
    ///
    /// The folder's own rights protect the moment before the file's are set.
    func write(_ content: [UInt8], to name: String) throws(IdentityError) {
        try prepare()
        let file = url.appendingPathComponent(name)
        do {
            try Data(content).write(to: file, options: .atomic)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: file.path)
            let folder = try FileHandle(forReadingFrom: url)
            try folder.synchronize()
            try folder.close()
        } catch {
            throw .unwritableFile(path: file.path, reason: "\(error.localizedDescription)")
        }
    }

    /// Reads a file; a secret one only when nobody else may read it.
    func read(_ name: String, isSecret: Bool = false) throws(IdentityError) -> [UInt8] {
        let path = path(name)
        guard contains(name) else { throw .missingFile(path: path) }
        let attributes: [FileAttributeKey: Any]
        let content: Data
        do {
            attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard (attributes[.size] as? Int) ?? 0 <= Self.fileBytesMax else {
                throw IdentityError.unreadableFile(
                    path: path, reason: "it has more than \(Self.fileBytesMax) bytes")
            }
            content = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch let error as IdentityError {
            throw error
        } catch {
            throw .unreadableFile(path: path, reason: "\(error.localizedDescription)")
        }
        let permissions = (attributes[.posixPermissions] as? Int) ?? 0o777
        if isSecret, permissions & 0o077 != 0 { throw .exposedFile(path: path) }
        return Array(content)
    }

    func text(_ name: String, isSecret: Bool = false) throws(IdentityError) -> String {
        String(decoding: try read(name, isSecret: isSecret), as: UTF8.self)
    }

    func json<Value: Decodable>(
        _ type: Value.Type, _ name: String, isSecret: Bool = false
    ) throws(IdentityError) -> Value {
        let content = try read(name, isSecret: isSecret)
        do { return try JSONDecoder().decode(type, from: Data(content)) } catch {
            throw .unreadableFile(path: path(name), reason: "it is not the JSON that belongs there")
        }
    }

    func write(json value: some Encodable, to name: String) throws(IdentityError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        let content: Data
        do { content = try encoder.encode(value) } catch {
            throw .unwritableFile(path: path(name), reason: "\(error)")
        }
        try write(Array(content) + [UInt8(ascii: "\n")], to: name)
    }

    /// Runs `body`; an error that says nothing of files is told with the name of the file.
    func naming<Value>(
        _ name: String, _ body: () throws(IdentityError) -> Value
    ) throws(IdentityError) -> Value {
        do { return try body() } catch .mismatchedKey {
            throw .mismatchedKey(path: path(name))
        } catch {
            throw .unreadableFile(path: path(name), reason: error.reason)
        }
    }
}

extension IdentityError {
    /// The sentence without its full stop, to stand within another.
    fileprivate var reason: String {
        let sentence = description
        return sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    }
}
