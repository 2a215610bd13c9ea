/// The kernel's list of mounted file systems.
struct MountTable {
    private var mounts: [(point: String, type: String)] = []

    /// Reads the text of `/proc/self/mountinfo`; lines of another shape are left out.
    init(mountInfo text: String) {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"),
                dash + 1 < fields.count
            else { continue }
            mounts.append((Self.unescaped(fields[4]), String(fields[dash + 1])))
        }
    }

    /// The type of the file system that holds an absolute path without links.
    func type(ofPath path: String) -> String? {
        var best: (length: Int, type: String)?
        for mount in mounts where Self.isWithin(path, mount.point) {
            // Of mounts over the same point the last one is on top.
            if mount.point.utf8.count >= best?.length ?? 0 {
                best = (mount.point.utf8.count, mount.type)
            }
        }
        return best?.type
    }

    private static func isWithin(_ path: String, _ point: String) -> Bool {
        point == "/" || path == point || path.hasPrefix(point + "/")
    }

    /// Blanks and the like stand there as a backslash and three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
