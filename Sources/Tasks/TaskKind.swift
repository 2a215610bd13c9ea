/// A pure function from blobs to blobs.
///
/// Equal parameters and inputs must give equal bytes on machines of one CPU type, whatever the
/// number of threads; raise `version` when the bytes change.
public protocol TaskKind: Sendable {
    /// The name in task descriptions.
    static var name: String { get }
    /// The version in task descriptions.
    static var version: Int { get }
    /// Computes and writes all outputs.
    ///
    /// - Returns: the result's facts as canonical JSON.
    static func run(_ context: TaskContext) throws -> [UInt8]
}
