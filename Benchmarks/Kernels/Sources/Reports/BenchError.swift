/// What keeps a measurement from being made.
enum BenchError: Error, CustomStringConvertible {
    case wrongReply(bytes: Int)
    case noBounds(path: String)
    case noPeerTimes(path: String)

    var description: String {
        switch self {
        case .wrongReply(let bytes):
            "A replier of our own answered with \(bytes) bytes; Messaging is broken."
        case .noBounds(let path):
            "\(path) cannot be read as bounds; write it with “scripts/bench check --write”."
        case .noPeerTimes(let path):
            "\(path) cannot be read as what Benchmarks/peers/solver prints."
        }
    }
}
