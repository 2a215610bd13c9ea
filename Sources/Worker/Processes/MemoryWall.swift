import Foundation

/// What bounds the memory of a slot's child.
///
/// A control group where the system gives us one: it counts what is really resident. Else
/// RLIMIT_DATA, which counts writable private memory whether it is touched or not. RLIMIT_AS
/// would count mapped inputs too, and those are the page cache's memory, not the task's.
enum MemoryWall: Sendable {
    /// The child bounds its own data when it takes an order.
    case data
    /// The child is in this control group.
    case group(ControlGroup)

    /// What the runtime, the allocator's slack and the child's own buffers may take beside the
    /// task, in bytes: 64 MiB.
    static let allowanceBytes = 64 << 20
}

/// A control group (version 2) of one slot, with a bound on memory and processes.
struct ControlGroup: Sendable, Hashable {
    private static let processesMax = 64

    let folder: URL

    /// Makes the group, or bounds it anew.
    ///
    /// - Parameter memoryBytes: what its processes may take together.
    init(in parent: URL, name: String, memoryBytes: Int) throws {
        folder = parent.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true)
        try Self.write("\(memoryBytes)", to: folder.appendingPathComponent("memory.max"))
        // One process is killed for all: a task has no use for half of itself.
        try Self.write("1", to: folder.appendingPathComponent("memory.oom.group"))
        try Self.write("\(Self.processesMax)", to: folder.appendingPathComponent("pids.max"))
        // Not every kernel counts swap, and without it there is nothing to forbid.
        try? Self.write("0", to: folder.appendingPathComponent("memory.swap.max"))
    }

    /// Moves a process into the group.
    func take(in process: Int32) throws {
        try Self.write("\(process)", to: folder.appendingPathComponent("cgroup.procs"))
    }

    /// How often the kernel has killed in this group for want of memory.
    var memoryKills: Int {
        let file = folder.appendingPathComponent("memory.events")
        for line in Self.lines(of: file) {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "oom_kill" { return Int(words[1]) ?? 0 }
        }
        return 0
    }

    /// The group under which slots may have groups, if this process was given one for itself.
    ///
    /// A group is ours when it is writable, has the memory and pids controllers, and holds
    /// nobody but us: then systemd (`Delegate=yes`) or a person made it for us. The daemon moves
    /// into a leaf, since a group with processes of its own cannot have groups with bounds.
    /// - Parameters:
    ///   - mount: where version 2 is mounted.
    ///   - membership: the text of `/proc/self/cgroup`.
    static func delegated(below mount: URL, membership: String, process: Int32) -> URL? {
        guard let line = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::") })
        else { return nil }
        let path = String(line.dropFirst(3))
        guard path.hasPrefix("/"), !path.contains("..") else { return nil }
        var folder = mount.appendingPathComponent(path)
        // A daemon that was started anew by its own supervisor may sit in the leaf already.
        if folder.lastPathComponent == "daemon" { folder.deleteLastPathComponent() }
        func file(_ name: String) -> URL { folder.appendingPathComponent(name) }
        let controllers = Self.lines(of: file("cgroup.controllers")).joined(separator: " ")
            .split(separator: " ")
        guard controllers.contains("memory"), controllers.contains("pids"),
            FileManager.default.isWritableFile(atPath: file("cgroup.procs").path),
            FileManager.default.isWritableFile(atPath: file("cgroup.subtree_control").path)
        else { return nil }
        let inhabitants = Self.lines(of: file("cgroup.procs")).compactMap { Int32($0) }
        guard inhabitants.allSatisfy({ $0 == process }) else { return nil }
        do {
            let leaf = file("daemon")
            try FileManager.default.createDirectory(
                at: leaf, withIntermediateDirectories: true)
            try write("\(process)", to: leaf.appendingPathComponent("cgroup.procs"))
            try write("+memory +pids", to: file("cgroup.subtree_control"))
            return folder
        } catch { return nil }
    }

    /// The group for this process's slots, if there is one.
    static func delegated() -> URL? {
        guard let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8),
            let membership = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8),
            let mount = mountPoint(in: mounts)
        else { return nil }
        return delegated(
            below: URL(filePath: mount), membership: membership,
            process: ProcessInfo.processInfo.processIdentifier)
    }

    /// Where version 2 is mounted, from the text of `/proc/self/mountinfo`.
    static func mountPoint(in mounts: String) -> String? {
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash + 1 < words.count,
                words[dash + 1] == "cgroup2", words.count > 4
            else { continue }
            return String(words[4])
        }
        return nil
    }

    private static func lines(of file: URL) -> [Substring] {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n")
    }

    private static func write(_ text: String, to file: URL) throws {
        // In place: the kernel's files are not to be replaced.
        try Data(text.utf8).write(to: file)
    }
}
