import ArgumentParser
import Foundation

/// `bench check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Fails when a kernel is no longer so many times as fast as its naive twin.",
        discussion: """
            Only ratios are compared, never times, so that other programs hardly matter. A kernel \
            that seems too slow gets a second chance with more rounds.
            """)

    @Option(help: "JSON file with the least ratio of each kernel.")
    var bounds = "Benchmarks/Kernels/bounds.json"
    @Flag(help: "Write the file instead: half of what is measured now.")
    var write = false

    func run() throws {
        let probe = FloorProbe()
        let kernels = KernelCases.all.filter(\.isQuick)
        if write { return try writeBounds(of: kernels, probe: probe) }
        let least = try Bounds(contentsOf: bounds)
        var complaints = least.strangers(to: kernels)
        for kernel in kernels {
            tell(kernel.title)
            guard let bound = least[kernel] else {
                complaints.append("There is no bound for \(kernel.title); use --write.")
                continue
            }
            var ratio = try kernel.measure(rounds: 3, seconds: 0.02, probe: probe).ratio
            if ratio < bound {
                ratio = try kernel.measure(rounds: 9, seconds: 0.05, probe: probe).ratio
            }
            if ratio < bound { complaints.append(complaint(kernel, ratio: ratio, bound: bound)) }
        }
        for complaint in complaints { print(complaint) }
        guard complaints.isEmpty else { throw ExitCode(1) }
        print("All \(kernels.count) kernels are as far ahead of their twins as they should be.")
    }

    private func complaint(_ kernel: KernelCase, ratio: Double, bound: Double) -> String {
        "\(kernel.title) is \(figure(ratio)) times as fast as its twin (\(kernel.twin)), but "
            + "should be at least \(figure(bound)) times."
    }

    private func writeBounds(of kernels: [KernelCase], probe: FloorProbe) throws {
        var least: [String: Double] = [:]
        for kernel in kernels {
            tell(kernel.title)
            let ratio = try kernel.measure(rounds: 5, seconds: 0.05, probe: probe).ratio
            least[kernel.title] = Bounds.rounded(ratio / 2)
        }
        try Data((try jsonText(least) + "\n").utf8).write(to: URL(filePath: bounds))
    }
}
