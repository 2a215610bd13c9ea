/// What can be wrong with what was asked for.
enum SimulatorError: Error, CustomStringConvertible {
    /// The arguments: correct them.
    case usage(String)
    /// The plan or the run: a bug of the planner, the scheduler or the simulator.
    case run(String)

    var description: String {
        switch self {
        case .usage(let text), .run(let text): text
        }
    }
}
