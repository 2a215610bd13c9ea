import ArgumentParser

/// The program `bench`; scripts/bench builds and runs it.
@main struct Entry: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures this machine, and our kernels against it and against naive twins.",
        subcommands: [FloorCommand.self, KernelsCommand.self, CheckCommand.self])
}
