/// What can go wrong in linear algebra because of the data rather than of the program.
public enum LinalgError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The trailing principal minor of order `minor` is the first that is not positive. Elimination
    /// runs from the last row upwards, so 1 means the last diagonal element. Raise the damping.
    case notPositiveDefinite(minor: Int)
    /// The matrix or its factor holds an infinity or a NaN. More damping does not help.
    case notFinite
    /// The block of that number, counted from 0, holds an infinity or a NaN, or needs a scale or a
    /// minimum that no half can hold. Keep the tensor in a wider format.
    case outOfBlockRange(block: Int)

    /// What happened and what to do, in one sentence.
    public var description: String {
        switch self {
        case .notPositiveDefinite(let minor):
            "The matrix is not positive definite: its trailing principal minor of order \(minor) "
                + "is not positive; raise the damping."
        case .notFinite:
            "The matrix or its factor holds an infinity or a NaN; check the activations that it "
                + "was accumulated from, since damping cannot help."
        case .outOfBlockRange(let block):
            "Block \(block) holds an infinity or a NaN, or numbers too large for a scale of half "
                + "precision; store the tensor as F32 or BF16."
        }
    }
}
