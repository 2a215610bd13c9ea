/// What is wrong with a recipe, or with a recipe for this model.
public enum PlanningError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The recipe's text is not what a recipe may say.
    case recipe(line: Int, problem: String)
    /// The recipe does not fit the model.
    case mismatch(problem: String)
    /// A job's specification cannot be read.
    case specification(problem: String)
    /// The model is over a bound of this version.
    case tooLarge(problem: String)

    /// A sentence for people: what, where, what to do.
    public var description: String {
        switch self {
        case .recipe(let line, let problem): "Recipe, line \(line): \(problem)"
        case .mismatch(let problem): problem
        case .specification(let problem): "The job's specification cannot be read: \(problem)"
        case .tooLarge(let problem): problem
        }
    }
}
