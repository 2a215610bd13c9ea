import Domain
import Foundation
import Testing

@testable import Worker

@Suite struct `A control group` {
    @Test func `is found where the system gave us one for ourselves`() throws {
        let tree = try FakeTree(inhabitants: "41\n")
        let found = try #require(
            ControlGroup.delegated(below: tree.mount, membership: tree.membership, process: 41))
        #expect(found.path == tree.folder.path)
        // The daemon has moved into a leaf, since only then may slots have bounds.
        #expect(tree.text("daemon/cgroup.procs") == "41")
        #expect(tree.text("cgroup.subtree_control") == "+memory +pids")
    }

    @Test func `is not taken where others live`() throws {
        let tree = try FakeTree(inhabitants: "1\n41\n")
        #expect(
            ControlGroup.delegated(below: tree.mount, membership: tree.membership, process: 41)
                == nil)
    }

    @Test func `is not taken without the memory controller`() throws {
        let tree = try FakeTree(inhabitants: "41\n", controllers: "cpu pids")
        #expect(
            ControlGroup.delegated(below: tree.mount, membership: tree.membership, process: 41)
                == nil)
        #expect(
            ControlGroup.delegated(below: tree.mount, membership: "4:memory:/x", process: 41)
                == nil)
    }

    @Test func `bounds a slot's memory and processes`() throws {
        let tree = try FakeTree(inhabitants: "")
        let group = try ControlGroup(in: tree.folder, name: "slot-0", memoryBytes: 123 << 20)
        try group.take(in: 77)
        #expect(tree.text("slot-0/memory.max") == "\(123 << 20)")
        #expect(tree.text("slot-0/memory.oom.group") == "1")
        #expect(tree.text("slot-0/pids.max") == "64")
        #expect(tree.text("slot-0/cgroup.procs") == "77")
    }

    @Test func `tells of kills for want of memory`() throws {
        let tree = try FakeTree(inhabitants: "")
        let group = try ControlGroup(in: tree.folder, name: "slot-0", memoryBytes: 1 << 20)
        let before = MemoryKills(.group(group))
        try Data("low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 1\n".utf8).write(
            to: tree.folder.appendingPathComponent("slot-0/memory.events"))
        #expect(MemoryKills(.group(group)).grew(since: before))
        #expect(!MemoryKills(.group(group)).grew(since: MemoryKills(.group(group))))
    }

    @Test func `hangs below the mount of version 2`() {
        let mounts = """
            25 30 0:23 / /sys/fs/cgroup rw - tmpfs tmpfs rw
            26 25 0:24 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            27 25 0:25 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
            """
        #expect(ControlGroup.mountPoint(in: mounts) == "/sys/fs/cgroup/unified")
        #expect(ControlGroup.mountPoint(in: "nonsense") == nil)
    }

    @Test func `a kill from outside is a crash, a kill for memory is not`() {
        var words = LastWords()
        words.append(Array("working\n".utf8))
        func failure(_ killsByMemory: Bool) -> ChildDeath {
            ChildDeath(
                ending: .signal(9), words: words, statedBytes: 1 << 20, limitBytes: 2 << 20,
                killsByMemory: killsByMemory)
        }
        #expect(failure(false).failure.failureClass == .crashed)
        #expect(failure(false).failure.text.contains("SIGKILL"))
        #expect(failure(true).failure.failureClass == .outOfMemory)
        #expect(failure(true).failure.text.contains("may have 2 MiB"))
    }
}

/// Files that look like a control group.
private final class FakeTree {
    let mount: URL
    let folder: URL
    let membership = "3:cpu:/elsewhere\n0::/system/spokeshave.service\n"

    init(inhabitants: String, controllers: String = "cpu memory pids") throws {
        mount = FileManager.default.temporaryDirectory
            .appendingPathComponent("cgroup-\(UUID().uuidString)")
        folder = mount.appendingPathComponent("system/spokeshave.service")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let texts = [
            "cgroup.controllers": controllers, "cgroup.procs": inhabitants,
            "cgroup.subtree_control": "",
        ]
        for (name, text) in texts {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
    }

    deinit { try? FileManager.default.removeItem(at: mount) }

    func text(_ name: String) -> String? {
        try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
}
