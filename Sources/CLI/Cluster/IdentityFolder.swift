import Domain
import Foundation
import Identity
import Messaging
import Sessions

/// Where a person's or a worker's certificate lives, and connections made with it.
enum IdentityFolder {
    /// The folder named on the command line, by SPOKESHAVE_IDENTITY, or the usual one.
    static func named(_ text: String?) -> URL {
        let environment = ProcessInfo.processInfo.environment
        if let path = text ?? environment["SPOKESHAVE_IDENTITY"] { return URL(filePath: path) }
        let home = environment["XDG_CONFIG_HOME"] ?? NSHomeDirectory() + "/.config"
        return URL(filePath: home).appendingPathComponent("spokeshave/identity")
    }

    /// The certificate's folder of a worker whose data are in `folder`.
    static func ofWorker(_ folder: URL) -> URL { folder.appendingPathComponent("identity") }

    static var nowUnixMs: Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    /// Reads the certificate in `folder`.
    static func credentials(in folder: URL) throws -> NodeCredentials {
        guard NodeCredentials.exist(in: folder) else {
            throw CommandFailure(
                .usage,
                "There is no certificate in \(folder.path): an admin makes a token with "
                    + "“spokeshave cluster token”; use it with “spokeshave cluster join”.")
        }
        return try NodeCredentials(loading: folder, nowUnixMs: nowUnixMs)
    }
}
