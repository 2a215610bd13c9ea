import Domain

/// The evidence against a task that brought hosts down.
struct Quarantine: Sendable, Hashable {
    let hosts: [String]
    let reason: String
}

/// The latest quarantines; they outlive their jobs so that people can ask for the evidence.
struct QuarantineRegister: Sendable {
    private static let size = 1_024
    private(set) var byTask: [TaskID: Quarantine] = [:]
    private var inOrder: [TaskID] = []

    mutating func note(_ quarantine: Quarantine, of task: TaskID) {
        if byTask.updateValue(quarantine, forKey: task) == nil { inOrder.append(task) }
        if inOrder.count > Self.size { byTask[inOrder.removeFirst()] = nil }
    }
}
