import CSystem
import Domain

/// How a child died in the middle of a task, and what that says of the task.
struct ChildDeath: Sendable {
    let ending: PosixProcess.Ending
    let words: LastWords
    /// What the task said it would need at its peak.
    let statedBytes: Int
    /// What a task may have here.
    let limitBytes: Int
    /// Whether the kernel has killed for want of memory meanwhile.
    let killsByMemory: Bool

    private static let kill: Int32 = 9
    private static let names: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT",
        7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 15: "SIGTERM",
        24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
    ]

    /// What to report.
    var failure: TaskFailure {
        switch ending {
        case .signal(let number) where number == Self.kill && killsByMemory:
            return outOfMemory("the system killed its process")
        case .signal where words.tellOfNoMemory: return outOfMemory("an allocation was refused")
        case .status(let status) where status != 0 && words.tellOfNoMemory:
            return outOfMemory("an allocation was refused")
        case .signal(let number):
            let name = Self.names[number] ?? "signal \(number)"
            return crashed("was ended by \(name)")
        case .status(let status):
            return crashed("ended with status \(status) and without an answer")
        }
    }

    private func crashed(_ how: String) -> TaskFailure {
        let said = words.sentence.map { " Its last words: \($0)" } ?? ""
        return TaskFailure(.crashed, "The process that computed the task \(how).\(said)")
    }

    private func outOfMemory(_ how: String) -> TaskFailure {
        let held = words.dataBytes.map { "; its process held \(Self.size($0))" } ?? ""
        return TaskFailure(
            .outOfMemory,
            "The task ran out of memory: \(how)\(held). It stated a peak of "
                + "\(Self.size(statedBytes)), and a task may have \(Self.size(limitBytes)) here.")
    }

    private static func size(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }
}

/// How often the kernel has killed for want of memory, near a slot or anywhere on this machine.
struct MemoryKills: Sendable {
    private let count: Int

    /// The count as it is now.
    init(_ wall: MemoryWall) {
        count =
            switch wall {
            case .group(let group): group.memoryKills
            case .data: Int(spokeshave_memory_kills())
            }
    }

    func grew(since before: MemoryKills) -> Bool { count > before.count }
}
