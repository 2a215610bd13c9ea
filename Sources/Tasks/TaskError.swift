/// Why a task could not give its result.
public enum TaskError: Error, Sendable, CustomStringConvertible {
    /// No such kind, or not in this version.
    case unknownKind(String, version: Int)
    /// The parameters cannot be read.
    case badParameters(kind: String, problem: String)
    /// An input that the kind needs was not given.
    case missingInput(String)
    /// An input has another size than its parameters promise.
    case wrongSize(input: String, bytes: Int, expected: Int)
    /// The text or token file cannot be used.
    case data(String)
    /// Numbers that cannot be computed with.
    case notFinite(String)

    /// A sentence for people.
    public var description: String {
        switch self {
        case .unknownKind(let kind, let version):
            "This worker does not know the task kind \(kind) in version \(version): use the "
                + "same Spokeshave everywhere."
        case .badParameters(let kind, let problem):
            "The parameters of \(kind) cannot be read: \(problem)"
        case .missingInput(let name): "The input \(name) was not given."
        case .wrongSize(let input, let bytes, let expected):
            "The input \(input) has \(bytes) bytes; \(expected) were promised."
        case .data(let sentence), .notFinite(let sentence): sentence
        }
    }
}
