import ArgumentParser
import Domain
import Foundation
import Planning
import Reporting

/// `spokeshave eval`: perplexity.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure a model's perplexity on a text.",
        discussion: """
            The text is tokenised once, without special tokens, and cut into windows that do \
            not overlap; the remainder is dropped. In each window every token but the first is \
            predicted. Perplexity is exp of the mean negative log-likelihood over all \
            predictions; its standard error comes from the spread between windows.
            """)

    @Argument(help: "A Hugging Face folder, dense or quantised, or a GGUF file.")
    var model: String

    @Option(name: .long, help: "A UTF-8 text.")
    var text: String?

    @Option(name: .long, help: "Token ids instead of text: .npy or .safetensors.")
    var tokens: String?

    @Option(name: .long, help: "Tokens per window.")
    var length = 2_048

    @Option(name: .long, help: "How many windows from the start. The default is all.")
    var windows: Int?

    @Flag(name: .long, help: "Let the tokenizer add its special tokens at the start.")
    var specialTokens = false

    @OptionGroup var coordinator: CoordinatorOption
    @OptionGroup var local: LocalOptions
    @OptionGroup var format: JSONOption

    @Flag(name: .long, help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard (text == nil) != (tokens == nil) else {
            throw ValidationError("Give either --text or --tokens.")
        }
        guard length >= 2, windows ?? 1 >= 1 else {
            throw ValidationError("--length must be at least 2 and --windows at least 1.")
        }
    }

    func run() throws {
        let progress = ProgressLine(isQuiet: quiet)
        try DenseFolder.with(URL(filePath: model), progress: progress) {
            try run(on: $0, progress)
        }
    }

    private func run(on folder: URL, _ progress: ProgressLine) throws {
        var intake = JobIntake()
        let (manifest, _) = try intake.model(at: folder, progress: { progress.show($0) })
        let data: DataManifest =
            if let text {
                try intake.text(at: URL(filePath: text), for: manifest)
            } else {
                try intake.tokens(at: URL(filePath: tokens ?? ""))
            }
        let request = EvaluationRequest(
            length: length, windows: windows, addsSpecialTokens: specialTokens)
        let specification = JobSpecification(
            purpose: .evaluate(request), model: manifest, data: data, recipeText: nil)
        _ = try specification.makeDriver()
        let summary =
            coordinator.isGiven
            ? try remotely(specification, intake, progress)
            : try locally(specification, intake, progress)
        progress.note("evaluated \(manifest.title)")
        print(format.json ? try JSONText.of(summary) : Self.text(summary))
    }

    private func locally(
        _ specification: JobSpecification, _ intake: JobIntake, _ progress: ProgressLine
    ) throws -> EvaluationSummary {
        let cluster = try LocalCluster(
            dataFolder: local.folder, workers: try local.count,
            memoryBytes: try local.memoryBytes)
        defer { cluster.stop() }
        let job = try cluster.submit(specification, intake, title: specification.model.title)
        return try summary(
            of: job, cluster.client, progress, check: cluster.checkWorkers)
    }

    private func remotely(
        _ specification: JobSpecification, _ intake: JobIntake, _ progress: ProgressLine
    ) throws -> EvaluationSummary {
        let client = try coordinator.connect()
        defer { client.close() }
        let job = try client.submit(
            specification, intake, title: specification.model.title,
            progress: { progress.show($0) })
        return try summary(of: job, client, progress, check: {})
    }

    private func summary(
        of job: JobID, _ client: ClusterClient, _ progress: ProgressLine,
        check: () throws -> Void
    ) throws -> EvaluationSummary {
        let status = try client.wait(
            for: job, progress: progress, interruption: Interruption(), check: check)
        try JobEnd.check(status)
        let scores = try client.tasks(of: job).filter {
            $0.status.kind == TaskNames.evaluateHead
        }.sorted { $0.status.name < $1.status.name }
        let facts = try scores.map {
            try CanonicalJSON.decode(
                EvaluationFacts.self, from: ($0.status.facts ?? "{}").utf8)
        }
        guard let summary = EvaluationSummary(facts) else {
            throw CommandFailure(.jobFailed, "\(job) finished without a score.")
        }
        guard summary.perplexity.isFinite else {
            throw CommandFailure(
                .jobFailed,
                "The perplexity is beyond all numbers (\(summary.natsPerToken) nats per token): "
                    + "the model is broken.")
        }
        return summary
    }

    private static func text(_ summary: EvaluationSummary) -> String {
        let error = String(format: "%.4f", summary.standardError)
        return """
            perplexity      \(String(format: "%.4f", summary.perplexity)) ± \(error)
            nats per token  \(String(format: "%.6f", summary.natsPerToken))
            tokens scored   \(Figures.count(summary.tokens)) in \(summary.windows) windows
            """
    }
}
