import Foundation

/// What a process of its own is to do while it is recorded.
struct WorkloadOrder: Codable, Sendable {
    /// Where the ledger and the store are to be.
    var folder: String
    var seed: UInt64
    var steps: Int
    /// Whether a blob of several chunks comes in at the end.
    var chunked = false
    /// Whether steps that change nothing in the ledger are left out.
    var changesOnly = false
    /// Whether the ledger is opened with `synchronous = NORMAL`: a planted error.
    var isRelaxed = false
    /// The step before which the process kills itself.
    var killedBefore: Int?
    /// Microseconds after which the process is killed, wherever it is; under a second.
    var killedAfter: UInt32?
    /// A call that fails, as `recorder.c` reads it.
    var fault: String?

    static let variable = "SPOKESHAVE_POWER_CUT"

    var plan: WorkloadPlan {
        let plan = WorkloadPlan(seed: seed, count: steps, chunked: chunked)
        return changesOnly ? plan.changesOnly : plan
    }

    /// The order to this process, if it was started to follow one.
    static let ofThisProcess: WorkloadOrder? = {
        guard let text = ProcessInfo.processInfo.environment[variable] else { return nil }
        return try? JSONDecoder().decode(WorkloadOrder.self, from: Data(text.utf8))
    }()
}
