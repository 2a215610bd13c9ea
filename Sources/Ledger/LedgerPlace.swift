import Foundation

/// Where a ledger lies: its file system, and how much room that has.
enum LedgerPlace {
    /// File systems of other machines. Their locks, shared memory or syncs are not what a
    /// write-ahead log needs.
    private static let networkTypes: Set<String> = [
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph", "fuse.davfs2",
        "fuse.glusterfs", "fuse.juicefs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "gfs2",
        "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "panfs",
        "pvfs2", "smb3", "smbfs", "vboxsf",
    ]
    private static let forgetfulTypes: Set<String> = ["ramfs", "tmpfs"]

    static func isNetwork(_ type: String) -> Bool { networkTypes.contains(type) }
    static func isForgetful(_ type: String) -> Bool { forgetfulTypes.contains(type) }

    /// The type of the file system that holds `path`, e.g. `ext4`; nil when it cannot be told.
    static func type(ofPath path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: "/proc/self/mountinfo"),
            let data = try? handle.readToEnd()
        else { return nil }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        return MountTable(mountInfo: String(decoding: data, as: UTF8.self))
            .type(ofPath: folder.resolvingSymlinksInPath().path)
    }

    static func refuseNetwork(_ path: String) throws(LedgerError) {
        guard let type = type(ofPath: path), isNetwork(type) else { return }
        throw .networkFileSystem(path: path, type: type)
    }

    /// Bytes that may still be written beside `path`; nil when the system does not say.
    static func freeBytes(besides path: String) -> Int? {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
    }
}
