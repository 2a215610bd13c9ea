import ArgumentParser
import CSystem
import Foundation
import Worker

@main
struct Entry {
    static func main() async {
        spokeshave_return_memory_early()
        do {
            try bindToParent()
            var command = try Spokeshave.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Foundation.exit(CommandFailure.report(error))
        }
    }

    /// The kernel keeps the death signal with the thread that asked for it, and pool threads
    /// come and go; so the main thread asks, before anything else.
    private static func bindToParent() throws {
        let arguments = CommandLine.arguments
        guard let flag = arguments.firstIndex(of: "--parent"), flag + 1 < arguments.count,
            let parent = Int32(arguments[flag + 1])
        else { return }
        guard ParentProcess.dieWith(parent) else {
            throw CommandFailure(.unexpected, "The process that started this one is gone.")
        }
    }
}

/// The root of all commands.
struct Spokeshave: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spokeshave",
        abstract: "Compresses neural networks on the machines you already have.",
        discussion: """
            A Hugging Face checkpoint goes in, a smaller one comes out, with a report of what \
            it cost. “compress” does everything on this machine; “coordinator”, “worker”, \
            “submit” and “fetch” do the same on many.

            Exit codes: 0 done · 1 unexpected · 2 usage or recipe · 3 bad model or data · \
            4 job failed · 5 coordinator unreachable or address in use · 6 output exists or no \
            space · 7 cancelled.
            """,
        version: Software.version,
        subcommands: [
            Compress.self, Evaluate.self, Convert.self, Verify.self, Inspect.self,
            CoordinatorCommand.self,
            WorkerCommand.self, Submit.self, Status.self, TasksCommand.self,
            WorkersCommand.self, Cancel.self, Fetch.self, Tokenize.self, Explain.self,
            Health.self, Drain.self, Backup.self, Doctor.self, ClusterCommand.self,
            RunTasks.self, DrillCommand.self, LoadCommand.self,
        ])
}

/// What this build is.
enum Software {
    static let version = "0.1.0"
}
