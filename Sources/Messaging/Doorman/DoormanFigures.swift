/// What a doorman counts.
public struct DoormanFigures: Sendable, Hashable {
    /// Connections now, of all kinds.
    public internal(set) var connections = 0
    /// Strangers that nng sees now.
    public internal(set) var strangers = 0
    /// Strangers that wait outside now.
    public internal(set) var waiting = 0
    /// Connections since the start.
    public internal(set) var arrivals = 0
    /// Connections that ceased to be strangers' since the start.
    public internal(set) var admissions = 0
    /// Strangers turned away since the start: too silent, too many or too slow.
    public internal(set) var turnedAway = 0
}
