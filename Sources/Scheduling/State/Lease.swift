import Domain

/// A live lease.
struct Lease: Sendable {
    let token: LeaseToken
    let since: Moment
    var expires: Moment
    /// Until when the worker has to show that it got the grant; nil once it has.
    var acceptBy: Moment?
    /// The serial of the grant: holders known by then are those that the worker was told of.
    let serial: UInt64
    /// Whether it was granted to compare its result with the known one.
    var isVerification = false
}
