public import Domain

/// Gives repeated requests of workers the answers that they got before, so that messages that
/// come more than once have their effect once.
///
/// A request is named by (worker, incarnation, channel, sequence); on each channel the sequence
/// grows. Only the latest answer of a channel is kept: its sender asks the next thing only after
/// it got the answer, or gave up waiting for it. What is kept is bounded; the worker that was
/// silent for longest is forgotten first, and its next request counts as fresh.
public struct AnswerRegister: Sendable {
    /// What to do with a request.
    public enum Verdict: Sendable, Hashable {
        /// It is new: do it, and record the answer.
        case fresh
        /// It was answered before: send these bytes again.
        case repeated([UInt8])
        /// It is being worked on as the shell's request `first`; this copy takes its place.
        case parked(first: UInt64)
        /// A newer request of its channel is known, so nobody waits for an answer.
        case stale
        /// A newer process of the worker is known.
        case oldIncarnation
        /// The worker has too many channels.
        case tooManyChannels
    }

    private struct Channel: Sendable {
        var sequence: UInt64
        var requestID: UInt64
        var answer: [UInt8]?
    }

    private struct Worker: Sendable {
        var incarnation: UInt64
        var channels: [String: Channel] = [:]
        var byteCount = 0
        /// Grows with each request of any worker.
        var lastUse: UInt64
    }

    private var workers: [WorkerID: Worker] = [:]
    private var uses: UInt64 = 0
    private let workersMax: Int
    private let channelsMax: Int
    private let bytesMax: Int
    /// Bytes of all answers that are kept.
    public private(set) var byteCount = 0

    /// An empty register.
    ///
    /// - Parameter workersMax: how many workers it remembers.
    /// - Parameter channelsMax: how many channels one worker may have: one for each slot and a
    ///   few more.
    /// - Parameter bytesMax: bytes of all answers together. By default 256 MiB.
    public init(
        workersMax: Int = Limits.workersMax,
        channelsMax: Int = Limits.slotsPerWorkerMax + 16,
        bytesMax: Int = 256 << 20
    ) {
        self.workersMax = max(1, workersMax)
        self.channelsMax = max(1, channelsMax)
        self.bytesMax = bytesMax
    }

    /// Takes note of a request that came.
    ///
    /// - Parameter requestID: the shell's own number of this arrival, given back when a copy of
    ///   the request comes before its answer is recorded.
    public mutating func admit(
        _ id: WorkerID,
        incarnation: UInt64,
        channel: String,
        sequence: UInt64,
        requestID: UInt64
    ) -> Verdict {
        uses += 1
        if let known = workers[id]?.incarnation {
            guard incarnation >= known else { return .oldIncarnation }
            if incarnation > known { forget(id) }
        }
        if workers[id] == nil {
            makeRoomForWorker()
            workers[id] = Worker(incarnation: incarnation, lastUse: uses)
        }
        workers[id]?.lastUse = uses
        guard let known = workers[id]?.channels[channel] else {
            guard (workers[id]?.channels.count ?? 0) < channelsMax else { return .tooManyChannels }
            begin(id, channel, sequence, requestID)
            return .fresh
        }
        guard sequence >= known.sequence else { return .stale }
        if sequence > known.sequence {
            begin(id, channel, sequence, requestID)
            return .fresh
        }
        if let answer = known.answer { return .repeated(answer) }
        workers[id]?.channels[channel]?.requestID = requestID
        return .parked(first: known.requestID)
    }

    /// Keeps the answer to a request that was ``Verdict/fresh``, for its repeats.
    ///
    /// - Returns: whether somebody may still wait for it; otherwise it need not be sent. An
    ///   answer once recorded stays as it is.
    @discardableResult
    public mutating func record(
        _ answer: [UInt8],
        for id: WorkerID,
        incarnation: UInt64,
        channel: String,
        sequence: UInt64
    ) -> Bool {
        guard workers[id]?.incarnation == incarnation,
            let state = workers[id]?.channels[channel], state.sequence == sequence,
            state.answer == nil
        else { return false }
        workers[id]?.channels[channel]?.answer = answer
        workers[id]?.byteCount += answer.count
        byteCount += answer.count
        while byteCount > bytesMax, workers.count > 1 { forgetOldest(besides: id) }
        return true
    }

    /// Forgets a worker, e.g. one that left for good.
    public mutating func forget(_ id: WorkerID) {
        guard let known = workers.removeValue(forKey: id) else { return }
        byteCount -= known.byteCount
    }

    private mutating func begin(
        _ id: WorkerID,
        _ channel: String,
        _ sequence: UInt64,
        _ requestID: UInt64
    ) {
        let old = workers[id]?.channels[channel]?.answer?.count ?? 0
        workers[id]?.byteCount -= old
        byteCount -= old
        workers[id]?.channels[channel] = Channel(sequence: sequence, requestID: requestID)
    }

    private mutating func makeRoomForWorker() {
        if workers.count >= workersMax { forgetOldest(besides: nil) }
    }

    private mutating func forgetOldest(besides kept: WorkerID?) {
        let oldest = workers.filter { $0.key != kept }.min { $0.value.lastUse < $1.value.lastUse }
        if let oldest { forget(oldest.key) }
    }
}
