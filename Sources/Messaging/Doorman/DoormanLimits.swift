/// What a doorman lets strangers cost: connections from which nothing good has come yet.
public struct DoormanLimits: Sendable, Hashable {
    /// Memory that strangers may make nng hold, in bytes.
    public var memory: Int
    /// Strangers that nng sees at once; nil works it out from `memory`.
    public var strangersMax: Int?
    /// Strangers of one address (of one /64 network of IPv6) that nng sees at once, and never more
    /// than half of all.
    public var perSourceMax: Int
    /// Strangers that wait outside: silent ones, and those for whom there is no room yet.
    ///
    /// They cost a descriptor each.
    public var waitingMax: Int
    /// How long a connection may stay a stranger's.
    public var patience: Duration
    /// How long a stranger that nng sees is safe from making room for the next one.
    public var grace: Duration
    /// All connections together.
    public var connectionsMax: Int

    /// Limits with these values.
    ///
    /// - Parameters:
    ///   - memory: the default is 3 MiB, so that three listeners stay under 10 MB.
    ///   - strangersMax: the default follows from `memory`, 4 to 64.
    ///   - perSourceMax: the default is 16.
    ///   - waitingMax: the default is 256.
    ///   - patience: the default is 10 s.
    ///   - grace: the default is 1 s, several round trips around the world.
    ///   - connectionsMax: the default is 4,096.
    public init(
        memory: Int = 3 << 20, strangersMax: Int? = nil, perSourceMax: Int = 16,
        waitingMax: Int = 256, patience: Duration = .seconds(10), grace: Duration = .seconds(1),
        connectionsMax: Int = 4_096
    ) {
        precondition(memory > 0 && strangersMax ?? 1 > 0 && perSourceMax > 0 && waitingMax > 0)
        precondition(patience > .zero && grace >= .zero && connectionsMax > 0)
        self.memory = memory
        self.strangersMax = strangersMax
        self.perSourceMax = perSourceMax
        self.waitingMax = waitingMax
        self.patience = patience
        self.grace = grace
        self.connectionsMax = connectionsMax
    }

    /// Strangers that nng may see at once when each can make it hold `bytes` bytes.
    func strangers(costing bytes: Int) -> Int {
        strangersMax ?? min(max(memory / bytes, 4), 64)
    }
}
