import ArgumentParser
import Domain
import Foundation
import Planning

/// `spokeshave submit`: hand a compression to a running cluster.
struct Submit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Submit a compression to a cluster.",
        discussion: "Sends what the coordinator lacks of the model, and prints the job's name.")

    @Argument(help: "A Hugging Face folder, dense or quantised, or a GGUF file.")
    var model: String

    @Option(name: .long, help: "The recipe, a YAML file.")
    var recipe: String

    @OptionGroup var written: FormatOption

    @OptionGroup var coordinator: CoordinatorOption
    @OptionGroup var format: JSONOption

    func run() throws {
        let progress = ProgressLine(isQuiet: format.json)
        let client = try coordinator.connect()
        defer { client.close() }
        let job = try DenseFolder.with(URL(filePath: model), progress: progress) { folder in
            var intake = JobIntake()
            let specification = try RecipeFile(path: recipe, formats: written.formats)
                .specification(for: folder, intake: &intake, progress: progress)
            _ = try specification.makeDriver()
            return try client.submit(
                specification, intake, title: specification.model.title,
                progress: { progress.show($0) })
        }
        progress.note("submitted")
        print(format.json ? try JSONText.of(SubmittedJob(job: job)) : job.description)
    }
}

/// `spokeshave fetch`: write a finished job's checkpoint.
struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the checkpoint of a finished job.")

    @Argument(help: "The job.")
    var job: String

    @Option(name: .long, help: "The folder to write; it must not exist or be empty.")
    var out: String

    @OptionGroup var coordinator: CoordinatorOption
    @OptionGroup var format: JSONOption

    func run() throws {
        let out = URL(filePath: out)
        try StagedFolder.check(out)
        let client = try coordinator.connect()
        defer { client.close() }
        let status: JobStatus = try client.ask(.job(try .named(job)))
        guard status.phase != .running else {
            throw CommandFailure(
                .jobFailed, "\(job) is still running; “spokeshave status \(job) --watch” waits.")
        }
        try JobEnd.check(status)
        let report = try CheckpointOutput(folder: out).write(
            status, from: client, progress: ProgressLine(isQuiet: format.json))
        print(format.json ? try JSONText.of(report) : ReportText.page(report, folder: out))
    }
}
