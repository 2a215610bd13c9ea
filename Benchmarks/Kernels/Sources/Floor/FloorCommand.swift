import ArgumentParser
import Foundation

/// `bench floor`.
struct FloorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "floor",
        abstract: "Measures what this machine can do, on one thread and on all cores.",
        discussion: """
            On k threads each works on data of its own at the same time; the rate is that of all \
            together. Matrix products are single-threaded inside.
            """)

    @Option(help: "Also write the report as JSON to this file.")
    var json: String?
    @Option(help: "Seconds of one round of a measurement.")
    var seconds = 0.3
    @Option(help: "Threads to measure with; more than once for several. Default: 1 and all cores.")
    var threads: [Int] = []
    @Option(help: "Measure only stages whose name contains this.")
    var only: String?
    @Option(help: "Existing folder for databases, sockets and files, on the disk that counts.")
    var folder: String?
    @Flag(help: "Print the table as Markdown.")
    var markdown = false

    func validate() throws {
        guard seconds > 0, seconds <= 60 else {
            throw ValidationError("Seconds must be above 0 and at most 60.")
        }
        guard threads.allSatisfy({ (1...256).contains($0) }) else {
            throw ValidationError("Threads must be 1 to 256.")
        }
    }

    func run() throws {
        let machine = Machine.present()
        let counts = threads.isEmpty ? Set([1, machine.cores]) : Set(threads)
        let scratch = try ScratchFolder(inside: folder)
        let stages =
            try ArithmeticStages.all + DigestStages.all(folder: scratch)
            + MessageStages.all(folder: scratch) + CommitStages.all(folder: scratch)
        var lines: [FloorLine] = []
        for stage in stages where isWanted(stage) {
            for count in counts.sorted() {
                tell("\(stage.name), \(stage.shape), threads: \(count)")
                lines.append(try stage.measure(threads: count, seconds: seconds))
            }
        }
        let report = FloorReport(machine: machine, lines: lines)
        if let json { try Data(jsonText(report).utf8).write(to: URL(filePath: json)) }
        print(machine.line + "\n")
        print(report.table().text(markdown: markdown))
    }

    private func isWanted(_ stage: FloorStage) -> Bool {
        guard let only else { return true }
        return stage.name.lowercased().contains(only.lowercased())
    }
}
