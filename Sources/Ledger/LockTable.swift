import Foundation

/// The kernel's list of file locks, which tells who holds one without trying to take it.
struct LockTable {
    private var holders: [(inode: Int, process: Int)] = []

    /// Reads the text of `/proc/locks`; lines of another shape are left out.
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            // 1: FLOCK ADVISORY WRITE 4711 fe:00:131 0 EOF
            let fields = line.split(separator: " ")
            guard fields.count >= 6, fields[1] == "FLOCK", let process = Int(fields[4]),
                let inode = fields[5].split(separator: ":").last.flatMap({ Int($0) })
            else { continue }
            holders.append((inode, process))
        }
    }

    static func ofThisSystem() -> LockTable {
        let data = (try? FileHandle(forReadingAtPath: "/proc/locks")?.readToEnd()) ?? nil
        return LockTable(String(decoding: data ?? Data(), as: UTF8.self))
    }

    /// The process that holds the advisory lock of a file; nil when none is known to.
    func holder(ofFile path: String) -> Int? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let inode = (attributes?[.systemFileNumber] as? NSNumber)?.intValue else {
            return nil
        }
        return holder(ofInode: inode)
    }

    func holder(ofInode inode: Int) -> Int? { holders.first { $0.inode == inode }?.process }
}
