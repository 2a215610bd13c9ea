import ArgumentParser
import Foundation

/// Plain tcp beyond this machine must be asked for by name.
struct InsecureOption: ParsableArguments {
    @Flag(
        name: .long,
        help: "Allow plain tcp beyond loopback: everybody who reaches the port may use it.")
    var insecure = false

    /// Refuses to listen at an address that other machines reach, unless that was asked for.
    func check(_ addresses: [String]) throws {
        guard !insecure else { return }
        for address in addresses where !Self.isLocal(address) {
            throw CommandFailure(
                .usage,
                "\(address) can be reached from other machines, and plain tcp protects nothing: "
                    + "use a loopback address, or add --insecure in a network that you trust.")
        }
    }

    /// Refuses an address of all interfaces where others are told it: they could not dial it.
    static func checkReachable(_ addresses: [String]) throws {
        for address in addresses
        where address.contains("://0.0.0.0:") || address.contains("://*:")
            || address.contains("://[::]:")
        {
            throw CommandFailure(
                .usage,
                "\(address) is no address that other machines can be told: name the one at which "
                    + "they reach this machine, e.g. 10.0.0.1.")
        }
    }

    /// Whether only this machine reaches the address.
    static func isLocal(_ address: String) -> Bool {
        guard let scheme = address.range(of: "://") else { return false }
        guard address.hasPrefix("tcp") else { return true }
        let host = address[scheme.upperBound...]
        return host.hasPrefix("127.") || host.hasPrefix("localhost:") || host.hasPrefix("[::1]")
    }
}
