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

    /// Whether only this machine reaches the address.
    static func isLocal(_ address: String) -> Bool {
        guard let scheme = address.range(of: "://") else { return false }
        guard address.hasPrefix("tcp") else { return true }
        let host = address[scheme.upperBound...]
        return host.hasPrefix("127.") || host.hasPrefix("localhost:") || host.hasPrefix("[::1]")
    }
}
