/// Tells apart what arrives on the control socket: the first byte says who speaks.
public enum ControlEnvelope {
    /// The first byte of a worker's request.
    public static let worker = UInt8(ascii: "W")
    /// The first byte of a command's request.
    public static let client = UInt8(ascii: "C")
}
