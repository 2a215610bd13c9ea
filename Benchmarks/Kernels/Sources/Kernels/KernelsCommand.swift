import ArgumentParser
import Foundation

/// `bench kernels`.
struct KernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Measures each kernel against its naive twin and against the machine's floor.",
        discussion: """
            All on one thread, in turns: kernel, twin, floor. The floor of a kernel is the time \
            that its operations take at the rate of sgemm, or its bytes at that of memory, \
            whichever is longer. A twin that would take too long gets a part of the work.
            """)

    @Flag(help: "Print the table as Markdown.")
    var markdown = false
    @Option(help: "Only kernels whose name or shape contains this.")
    var only: String?
    @Option(help: "Turns; the medians are reported.")
    var rounds = 5
    @Flag(help: "Instead time factor and sweep of square layers, and print JSON.")
    var solver = false
    @Option(parsing: .upToNextOption, help: "Sides of the solver's layers.")
    var sizes = [2048, 4096]
    @Option(help: "Rows of the solver's layers; as many as columns by default.")
    var outputs: Int?
    @Option(parsing: .upToNextOption, help: "The solver's threads. Default: all cores, then 1.")
    var threads: [Int] = []
    @Option(help: "What Benchmarks/peers/solver printed; the solver prints a table beside it.")
    var beside: String?

    func validate() throws {
        guard (1...1000).contains(rounds) else {
            throw ValidationError("Rounds must be 1 to 1000.")
        }
        guard sizes.allSatisfy({ (1...32_768).contains($0) }) else {
            throw ValidationError("Sizes must be 1 to 32768.")
        }
        guard outputs.map({ (1...32_768).contains($0) }) ?? true else {
            throw ValidationError("Outputs must be 1 to 32768.")
        }
        guard threads.allSatisfy({ (1...64).contains($0) }) else {
            throw ValidationError("Threads must be 1 to 64.")
        }
    }

    func run() throws {
        if solver || beside != nil { return try runSolver() }
        let machine = Machine.present()
        let kernels = KernelCases.all.filter { kernel in
            only.map { kernel.title.lowercased().contains($0.lowercased()) } ?? true
        }
        let probe = FloorProbe()
        let found = try kernels.map { kernel in
            tell(kernel.title)
            return try kernel.measure(rounds: rounds, seconds: 0.05, probe: probe)
        }
        print(machine.line + "\n")
        print(Self.table(found).text(markdown: markdown))
    }

    static func table(_ found: [KernelMeasurement]) -> Table {
        var table = Table(
            [
                "Kernel", "Shape", "Twin", "Bound by", "GFLOP", "MB", "ms", "GFLOP/s", "GB/s",
                "Floor", "÷ twin",
            ], wordColumns: 4)
        for one in found {
            let (flops, bytes) = (one.kernel.flops / 1e9, one.kernel.bytes / 1e6)
            table.add([
                one.kernel.name, one.kernel.shape, one.kernel.twin, one.bound.rawValue,
                figure(flops), figure(bytes), figure(1000 * one.fastSeconds),
                figure(flops / one.fastSeconds), figure(bytes / 1000 / one.fastSeconds),
                percent(one.floorShare), figure(one.ratio) + " ×",
            ])
        }
        return table
    }

    private func runSolver() throws {
        let peers = try beside.map { try SolverReport(contentsOf: $0) }
        let cores = Machine.present().cores
        let pairs =
            peers?.results.map { ($0.size, $0.threads) }
            ?? (threads.isEmpty ? Array(Set([1, cores])).sorted(by: >) : threads)
            .flatMap { count in sizes.map { ($0, count) } }
        let ours = try Solver.measure(pairs, outputs: outputs, repeats: rounds)
        guard let peers else { return print(try jsonText(ours)) }
        print(ours.machine.map { $0.line + "\n" } ?? "")
        print(ours.table(beside: peers).text(markdown: markdown))
    }
}
