import Domain
import Scheduling

/// What would be on disk: fed by the scheduler's record effects only.
struct FakeLedger {
    private(set) var results: [Digest: TaskResult] = [:]
    private(set) var attempts: [TaskID: Int] = [:]
    private(set) var open: Set<LeaseToken> = []
    private(set) var origins: [TaskID: TaskOrigin] = [:]
    private(set) var phases: [JobID: JobPhase] = [:]
    private(set) var reasons: [JobID: String] = [:]
    /// What the scheduler must never record.
    private(set) var wrong: [String] = []

    mutating func record(_ effect: Effect) {
        switch effect {
        case .recordAttempt(let token):
            if token.attempt <= attempts[token.task] ?? 0 {
                wrong.append("attempt \(token) repeats a number")
            }
            attempts[token.task] = token.attempt
            open.insert(token)
        case .recordAttemptEnd(let token, _, _): open.remove(token)
        case .recordResult(let task, let key, _, let result, _, _):
            if let known = results[key] {
                wrong.append("\(task): key \(key.short) got a second result, \(known == result)")
            }
            results[key] = result
        case .recordTask(let task, .done, _, let origin):
            if origins[task] != nil { wrong.append("task \(task) is done twice") }
            origins[task] = origin
        case .recordJob(let job, let phase, let reason):
            if phases[job] != nil { wrong.append("job \(job) is over twice") }
            phases[job] = phase
            reasons[job] = reason
        case .alarm(let alarm): wrong.append("\(alarm)")
        case .grant(_, let token, _, _) where !open.contains(token):
            wrong.append("grant \(token) was not recorded before")
        default: break
        }
    }

    var restoration: Restoration {
        var histories: [TaskID: Restoration.History] = [:]
        for (task, attempts) in attempts { histories[task] = .init(attempts: attempts) }
        for (task, origin) in origins {
            histories[task, default: .init(attempts: 0)].origin = origin
        }
        return Restoration(histories: histories, openLeases: open.sorted())
    }
}
