import ArgumentParser
import Domain
import Foundation
import Identity
import Messaging
import Sessions

/// `spokeshave cluster`: certificates of a cluster.
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Make a cluster's authority, let machines and people in, shut them out.",
        discussion: """
            On the coordinator's machine “init” once, then start the coordinator; “token” for \
            each machine or person to come; there “join” with the token.
            """,
        subcommands: [Initialise.self, Token.self, Join.self, Revoke.self])

    struct Initialise: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init", abstract: "Make the cluster's authority.",
            discussion: """
                Writes the authority's certificate and key into the folder “cluster” of the \
                coordinator's data folder. Whoever reads the \
                key can let anybody in: keep the folder to its owner.
                """)

        @Option(name: .long, help: "The coordinator's data folder.")
        var dataDir: String

        @Option(name: .long, help: "The cluster's name. The default is a random one.")
        var name: String?

        func run() throws {
            let folder = URL(filePath: dataDir).appendingPathComponent("cluster")
            var random = SystemRandomNumberGenerator()
            let now = IdentityFolder.nowUnixMs
            let cluster = try name.map { try ClusterID($0) } ?? ClusterID(random: &random)
            let authority = try ClusterAuthority(
                creating: cluster, nowUnixMs: now, random: &random)
            try authority.save(to: folder)
            print("The authority of cluster \(cluster) is in \(folder.path).")
            print("Next: spokeshave coordinator --data-dir \(dataDir)")
        }
    }

    struct Token: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token that lets a machine or a person in.",
            discussion: """
                The coordinator keeps only a hash of it. Ask on the coordinator's machine \
                through its socket (--coordinator ipc:///…/control.sock), or as an admin.
                """)

        @Option(name: .long, help: "worker, submitter, viewer or admin.")
        var role = "worker"

        @Option(name: .long, help: "How many may use it.")
        var uses = 1

        @Option(name: .long, help: "How long it is good for, a minute to 90 days: 30m, 24h, 7d.")
        var ttl = "24h"

        @OptionGroup var coordinator: CoordinatorOption
        @OptionGroup var format: JSONOption

        func run() throws {
            guard let role = Role(rawValue: role) else {
                throw CommandFailure(
                    .usage, "“\(role)” is no role: worker, submitter, viewer or admin.")
            }
            guard (1...10_000).contains(uses), let seconds = Self.seconds(ttl) else {
                throw CommandFailure(
                    .usage, "--uses is from 1 to 10000, --ttl like 30m, 24h or 7d, up to 90d.")
            }
            let client = try coordinator.connect()
            defer { client.close() }
            let token: Confirmation = try client.ask(
                .makeToken(role, uses: uses, secondsToLive: seconds))
            print(format.json ? try JSONText.of(["token": token.text]) : token.text)
        }

        /// Reads `90s`, `30m`, `24h` or `7d`.
        static func seconds(_ text: String) -> Int64? {
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
            guard let unit = text.last.flatMap({ units[$0] }),
                let number = Int64(text.dropLast()), number > 0, number <= 31_622_400 / unit
            else { return nil }
            return number * unit
        }
    }

    struct Join: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Get a certificate for this person with a token.",
            discussion: "For a worker use “spokeshave worker join”.")

        @OptionGroup var joining: JoinOptions

        @Option(name: .long, help: "The folder for the certificate.")
        var identity: String?

        func run() throws {
            try joining.join(into: IdentityFolder.named(identity))
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shut a machine or a person out, whatever certificate it holds.")

        @Argument(help: "Role and name, e.g. worker:w-1a2b3c4d.")
        var name: String

        @OptionGroup var coordinator: CoordinatorOption

        func run() throws {
            let client = try coordinator.connect()
            defer { client.close() }
            let answer: Confirmation = try client.ask(.revoke(name))
            print(answer.text)
        }
    }
}

/// How a token is turned into a certificate.
struct JoinOptions: ParsableArguments {
    @Option(name: .long, help: "The token that “spokeshave cluster token” printed.")
    var token: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The coordinator's address for joining, e.g. tls+tcp://host:7742.",
            valueName: "url"))
    var coordinator: String

    @Option(name: .long, help: "The name to be known by. The default is the machine's.")
    var name: String?

    /// Joins and writes the certificate.
    func join(into folder: URL) throws {
        guard !NodeCredentials.exist(in: folder) else {
            throw CommandFailure(
                .output,
                "\(folder.path) holds a certificate already: delete the folder to join anew.")
        }
        var random = SystemRandomNumberGenerator()
        let address = coordinator
        let joined = try Joining.join(
            token: try JoinToken(parsing: token),
            name: name ?? ProcessInfo.processInfo.hostName, key: NodeKey(random: &random),
            nowUnixMs: IdentityFolder.nowUnixMs
        ) { (trust) throws(MessagingError) in
            try SecureLink.connectForJoining(to: address, trust)
        }
        try joined.save(to: folder)
        let end = Date(timeIntervalSince1970: Double(joined.endsUnixMs) / 1_000)
        print(
            "\(joined.identity) belongs to cluster \(joined.cluster) until "
                + "\(end.formatted(.iso8601)).")
    }
}
