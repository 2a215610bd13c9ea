/// Something that reading hostile bytes must never lead to, though nothing trapped.
public struct Finding: Error, CustomStringConvertible {
    /// What went wrong; a sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}
