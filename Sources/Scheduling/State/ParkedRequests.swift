import Domain

/// Requests for a task that wait for one, in the order of their coming.
struct ParkedRequests: Sendable {
    struct Request: Sendable {
        let requestID: UInt64
        let worker: Int
        let slot: Int
        let since: Moment
    }

    private(set) var requests: [Request] = []
    /// Requests of each worker that has any.
    private(set) var byWorker: [Int: Int] = [:]

    var isEmpty: Bool { requests.isEmpty }

    mutating func append(_ request: Request) {
        requests.append(request)
        byWorker[request.worker, default: 0] += 1
    }

    /// Removes and returns the first request of `worker`.
    mutating func takeFirst(of worker: Int) -> Request? {
        guard byWorker[worker] != nil,
            let place = requests.firstIndex(where: { $0.worker == worker })
        else { return nil }
        forget(worker)
        return requests.remove(at: place)
    }

    /// Removes and returns all requests for which `isOver` holds.
    mutating func take(where isOver: (Request) -> Bool) -> [Request] {
        let taken = requests.filter(isOver)
        guard !taken.isEmpty else { return [] }
        requests.removeAll(where: isOver)
        for request in taken { forget(request.worker) }
        return taken
    }

    private mutating func forget(_ worker: Int) {
        let left = (byWorker[worker] ?? 1) - 1
        byWorker[worker] = left > 0 ? left : nil
    }
}
