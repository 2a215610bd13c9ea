import ArgumentParser
import Domain
import Foundation
import Identity
import Messaging

/// Where a coordinator is.
struct CoordinatorOption: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The coordinator's address. SPOKESHAVE_COORDINATOR sets the default.",
            valueName: "url"))
    var coordinator: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            The folder of the certificate that “spokeshave cluster join” wrote. The default is \
            $SPOKESHAVE_IDENTITY or ~/.config/spokeshave/identity.
            """, valueName: "folder"))
    var identity: String?

    /// The address to use.
    var address: String { Self.address(coordinator) }

    /// The address named, or the default.
    static func address(_ named: String?) -> String {
        named ?? ProcessInfo.processInfo.environment["SPOKESHAVE_COORDINATOR"]
            ?? "tcp://127.0.0.1:7741"
    }

    /// Where the certificate lives.
    var identityFolder: URL { IdentityFolder.named(identity) }

    /// A channel for requests of other kinds.
    func link(named name: String) throws -> any RequestChannel {
        try SecureLink.open(address, identityFolder: identityFolder, name: name)
    }

    /// The name of the certificate that the address needs; nil where it needs none.
    var ownName: String? {
        get throws {
            guard SecureLink.isGuarded(address) else { return nil }
            return try IdentityFolder.credentials(in: identityFolder).name
        }
    }

    /// A conversation with the coordinator.
    func connect() throws -> ClusterClient {
        try ClusterClient(address: address, identityFolder: identityFolder)
    }

    /// Whether one was named at all.
    var isGiven: Bool {
        coordinator != nil
            || ProcessInfo.processInfo.environment["SPOKESHAVE_COORDINATOR"] != nil
    }
}

/// How a cluster on this machine is set up.
struct LocalOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "Worker processes on this machine. The default is one for each core.")
    var workers: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            Where results are kept, so that a repeated or interrupted command goes on from \
            there. The default is $SPOKESHAVE_DATA_DIR or ~/.cache/spokeshave.
            """, valueName: "folder"))
    var dataDir: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Memory that a worker's task may use, e.g. 2GiB. The default is a fair share.",
            valueName: "size"))
    var memory: String?

    var count: Int {
        get throws {
            let count = workers ?? ProcessInfo.processInfo.activeProcessorCount
            guard (1...1_024).contains(count) else {
                throw CommandFailure(.usage, "--workers must be from 1 to 1024.")
            }
            return count
        }
    }

    var folder: URL { dataDir.map { URL(filePath: $0) } ?? Host.defaultDataFolder }

    var memoryBytes: Int? {
        get throws {
            guard let memory else { return nil }
            guard let bytes = Host.bytes(memory) else {
                throw CommandFailure(.usage, "“\(memory)” is no size: write e.g. 2GiB.")
            }
            return bytes
        }
    }
}

extension JobID {
    /// A job's name from the command line.
    static func named(_ text: String) throws -> JobID {
        guard !text.isEmpty, text.utf8.count <= Limits.nameBytesMax else {
            throw CommandFailure(
                .usage, "“\(text)” is no job's name; “spokeshave status” lists them.")
        }
        return JobID(text)
    }
}

/// Facts for programs.
struct JSONOption: ParsableArguments {
    @Flag(name: .long, help: "Print JSON instead of text.")
    var json = false
}

/// In which formats the compressed model is written.
struct FormatOption: ParsableArguments {
    @Option(
        name: .customLong("format"),
        help: ArgumentHelp(
            "What to write: dense, compressed-tensors, gptq_v2, gptq; several with commas, which "
                + "then lie in folders of their names. By default what the recipe says, or dense.",
            valueName: "formats"))
    var words: String?

    /// The formats that were named, none by default.
    var formats: [OutputFormat] {
        (words ?? "").split(separator: ",").compactMap { OutputFormat(rawValue: String($0)) }
    }

    func validate() throws {
        for word in (words ?? "").split(separator: ",", omittingEmptySubsequences: false)
        where words != nil && OutputFormat(rawValue: String(word)) == nil {
            let known = OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no format “\(word)”: choose among \(known).")
        }
    }
}
