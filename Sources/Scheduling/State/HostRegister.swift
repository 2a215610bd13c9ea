import Domain

/// Numbers for hosts, and how many workers of each are there.
struct HostRegister: Sendable {
    private var indices: [String: Int] = [:]
    /// Workers of each host that are connected or away, not lost.
    private(set) var present: [Int] = []
    /// All known workers of each host.
    var members: [Set<Int>] = []

    /// What each host is called.
    private(set) var names: [String] = []
    /// Tasks that failed on each host and then succeeded on another.
    var blamed: [Set<TaskID>] = []

    /// The number of the host `name`.
    mutating func index(of name: String) -> Int {
        if let index = indices[name] { return index }
        indices[name] = present.count
        present.append(0)
        members.append([])
        names.append(name)
        blamed.append([])
        return present.count - 1
    }

    /// The number of the host `name`, if any worker ever named it.
    func existingIndex(of name: String) -> Int? { indices[name] }

    /// Counts one worker more or fewer; returns whether the host went on or off by it.
    mutating func change(_ host: Int, by difference: Int) -> Bool {
        let before = present[host] > 0
        present[host] += difference
        return before != (present[host] > 0)
    }

    /// Whether some worker of the host is there to read its folders.
    func isLit(_ host: Int) -> Bool { present[host] > 0 }
}
