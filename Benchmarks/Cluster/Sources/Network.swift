/// Transfers under way between NICs: each is as fast as the smaller of its fair shares of the
/// sender's egress and the receiver's ingress.
///
/// What a share leaves unused at one end is not given to others, so that a transfer is never
/// faster than with max-min fairness. Every NIC is full duplex.
struct Network {
    /// A transfer that goes on.
    struct Flow {
        let source: Int
        let target: Int
        let byteCount: Int
        var bytesLeft: Double
        var rate = 0.0
        var since: Double
        /// Grows with each change of the rate: plans made for an earlier one are void.
        var version = 0
    }

    /// When a flow will be over if nothing changes.
    struct Forecast {
        let flow: Int
        let version: Int
        let time: Double
    }

    private let capacity: Double
    private(set) var flows: [Int: Flow] = [:]
    private var egress: [[Int]]
    private var ingress: [[Int]]
    private var started = 0
    /// Bytes that each NIC has sent and received.
    private(set) var sent: [Int]
    private(set) var received: [Int]

    /// A network of so many NICs, each of `capacity` bytes a second and way.
    init(nodes: Int, capacity: Double) {
        self.capacity = capacity
        egress = Array(repeating: [], count: nodes)
        ingress = egress
        sent = Array(repeating: 0, count: nodes)
        received = sent
    }

    /// Flows of a NIC, for whoever looks for a free one.
    func load(ofEgress node: Int) -> Int { egress[node].count }

    /// Starts a transfer; returns its number and the forecasts that changed.
    mutating func start(
        from source: Int, to target: Int, bytes: Int, at now: Double
    ) -> (flow: Int, changed: [Forecast]) {
        started += 1
        flows[started] = Flow(
            source: source, target: target, byteCount: bytes, bytesLeft: Double(bytes),
            since: now)
        egress[source].append(started)
        ingress[target].append(started)
        return (started, share(source, target, now))
    }

    /// Ends a transfer, complete or not; returns it and the forecasts that changed.
    mutating func end(_ number: Int, at now: Double) -> (flow: Flow, changed: [Forecast])? {
        guard let flow = flows.removeValue(forKey: number) else { return nil }
        egress[flow.source].removeAll { $0 == number }
        ingress[flow.target].removeAll { $0 == number }
        let left = max(0, flow.bytesLeft - flow.rate * (now - flow.since))
        let moved = flow.byteCount - Int(left.rounded())
        sent[flow.source] += moved
        received[flow.target] += moved
        return (flow, share(flow.source, flow.target, now))
    }

    /// Flows from or to a NIC, in the order of their start.
    func flows(of node: Int) -> [Int] { Set(egress[node] + ingress[node]).sorted() }

    private mutating func share(_ source: Int, _ target: Int, _ now: Double) -> [Forecast] {
        var changed: [Forecast] = []
        for number in egress[source] {
            if let forecast = update(number, now) { changed.append(forecast) }
        }
        for number in ingress[target] {
            if let forecast = update(number, now) { changed.append(forecast) }
        }
        return changed
    }

    private mutating func update(_ number: Int, _ now: Double) -> Forecast? {
        guard var flow = flows[number] else { return nil }
        let senders = Double(egress[flow.source].count)
        let receivers = Double(ingress[flow.target].count)
        let rate = capacity / max(senders, receivers)
        guard rate != flow.rate else { return nil }
        if flow.rate > 0 { flow.bytesLeft -= flow.rate * (now - flow.since) }
        flow.bytesLeft = max(0, flow.bytesLeft)
        flow.since = now
        flow.rate = rate
        flow.version += 1
        flows[number] = flow
        return Forecast(flow: number, version: flow.version, time: now + flow.bytesLeft / rate)
    }
}
