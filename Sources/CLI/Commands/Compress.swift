import ArgumentParser
import Domain
import Foundation
import Planning
import Reporting
import Worker

/// `spokeshave compress`: everything on this machine.
struct Compress: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compress a model on this machine.",
        discussion: """
            Runs a coordinator and worker processes here, compresses MODEL as the recipe says \
            and writes a complete checkpoint folder with spokeshave-report.json. Interrupt it \
            when you like: the same command goes on from there.
            """)

    @Argument(
        help: "A Hugging Face folder (config.json, tokenizer.json, *.safetensors) or a GGUF file.")
    var model: String

    @Option(name: .long, help: "The recipe, a YAML file.")
    var recipe: String

    @OptionGroup var written: FormatOption

    @Option(name: .long, help: "The folder to write; it must not exist or be empty.")
    var out: String

    @OptionGroup var local: LocalOptions
    @OptionGroup var format: JSONOption

    @Flag(name: .long, help: "Show no progress.")
    var quiet = false

    func run() throws {
        let out = URL(filePath: out)
        try StagedFolder.check(out)
        let progress = ProgressLine(isQuiet: quiet)
        try DenseFolder.with(URL(filePath: model), progress: progress) {
            try run(on: $0, out, progress)
        }
    }

    private func run(on folder: URL, _ out: URL, _ progress: ProgressLine) throws {
        var intake = JobIntake()
        let specification = try RecipeFile(path: recipe, formats: written.formats).specification(
            for: folder, intake: &intake, progress: progress)
        // Mistakes that only the plan shows are told before anything starts.
        _ = try specification.makeDriver()
        let cluster = try LocalCluster(
            dataFolder: local.folder, workers: try local.count,
            memoryBytes: try local.memoryBytes)
        defer { cluster.stop() }
        let job = try cluster.submit(specification, intake, title: specification.model.title)
        progress.note("\(job) · \(specification.model.title) · \(try local.count) workers")
        let status = try cluster.client.wait(
            for: job, progress: progress, interruption: Interruption(),
            check: cluster.checkWorkers)
        try JobEnd.check(status)
        let output = CheckpointOutput(
            folder: out, store: cluster.store,
            sgemmFlopsPerSecond: MachineRate.measuredFlops())
        let report = try output.write(status, from: cluster.client, progress: progress)
        progress.note("finished in \(Figures.duration(status.elapsedSeconds))")
        print(format.json ? try JSONText.of(report) : ReportText.page(report, folder: out))
    }
}

/// What the end of a job means for a command.
enum JobEnd {
    static func check(_ status: JobStatus) throws {
        switch status.phase {
        case .finished, .running: return
        case .failed:
            // The text's own faults show in the first stage: they are the input's, not the job's.
            let tokenize = status.stages.first { $0.name == "tokenize" }
            let isData = tokenize.map { $0.done < $0.total } ?? false
            throw CommandFailure(
                isData ? .badInput : .jobFailed,
                "\(status.job) failed: \(status.reason ?? "for no stated reason.")")
        case .cancelled:
            throw CommandFailure(.cancelled, "\(status.job) was cancelled.")
        }
    }
}
