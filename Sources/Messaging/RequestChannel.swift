/// Something that carries one request to the coordinator and brings its reply back.
public protocol RequestChannel: Sendable {
    /// Sends `bytes` and blocks the calling thread until the reply is there.
    ///
    /// Call it from own threads, never from the cooperative pool. Many threads may call at once.
    /// `timeout` must be positive and spans the whole exchange.
    func request(_ bytes: [UInt8], timeout: Duration) throws(MessagingError) -> [UInt8]

    /// Ends the channel; requests under way fail with `closed`. Closing twice does nothing more.
    func close()
}
