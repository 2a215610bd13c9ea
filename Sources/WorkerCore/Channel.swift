import Domain

/// One stream of requests, of which one at a time is asked until it is answered.
struct Channel: Sendable {
    /// What is being asked.
    struct Request: Sendable {
        var body: WorkerRequest.Body
        /// Its number in the channel; 0 before the first try.
        var sequence: UInt64 = 0
        let timeout: Int64
        /// When the first try was made: the coordinator may have answered any time since then.
        var firstSent: Moment
        var tries = 0
        /// Whether a try is under way.
        var isUnderWay = false
        /// When to make the next try.
        var due: Moment
        /// Whether nobody waits for the answer any more.
        var isUnwanted = false
    }

    let name: String
    /// The last number given.
    var sequence: UInt64 = 0
    var request: Request?

    init(name: String) {
        self.name = name
    }

    var isFree: Bool { request == nil }

    /// Forgets what is asked, as soon as the try under way has ended.
    mutating func abandon() {
        if request?.isUnderWay == true { request?.isUnwanted = true } else { request = nil }
    }
}
