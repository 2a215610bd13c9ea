import ArgumentParser
import Domain
import Foundation
import Planning
import Reporting

/// `spokeshave eval`: perplexity, or how alike two encoders' embeddings are.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Measure a model's perplexity on a text, or an encoder's embeddings.",
        discussion: """
            The text is tokenised once, without special tokens, and cut into windows that do \
            not overlap; the remainder is dropped. In each window every token but the first is \
            predicted. Perplexity is exp of the mean negative log-likelihood over all \
            predictions; its standard error comes from the spread between windows.

            An encoder predicts nothing: with --against DENSE both models run over the same \
            windows, and the cosine between their embeddings of each (the mean of the last \
            hidden states of all its tokens) is what is measured.
            """)

    @Argument(help: "A Hugging Face folder, dense or quantised, or a GGUF file.")
    var model: String

    @Option(name: .long, help: "A UTF-8 text.")
    var text: String?

    @Option(name: .long, help: "Token ids instead of text: .npy or .safetensors.")
    var tokens: String?

    @Option(name: .long, help: "The dense model to compare an encoder's embeddings with.")
    var against: String?

    @Option(name: .long, help: "Tokens per window. The default is 2048, with --against 128.")
    var length: Int?

    @Option(name: .long, help: "How many windows from the start. The default is all.")
    var windows: Int?

    @Flag(
        name: .long,
        help: """
            Let the tokenizer add its special tokens at the start; with --against, around every \
            window.
            """)
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
        guard length ?? 2 >= 2, windows ?? 1 >= 1 else {
            throw ValidationError("--length must be at least 2 and --windows at least 1.")
        }
        guard against == nil || tokens == nil || !specialTokens else {
            throw ValidationError("--special-tokens needs --text: token ids are taken as they are.")
        }
    }

    func run() throws {
        let progress = ProgressLine(isQuiet: quiet)
        try DenseFolder.with(URL(filePath: model), progress: progress) { folder in
            guard let against else { return try perplexity(of: folder, progress) }
            try DenseFolder.with(URL(filePath: against), progress: progress) {
                try compare(folder, with: $0, progress)
            }
        }
    }

    private func perplexity(of folder: URL, _ progress: ProgressLine) throws {
        var intake = JobIntake()
        let (manifest, _) = try intake.model(at: folder, progress: { progress.show($0) })
        let specification = JobSpecification(
            purpose: .evaluate(request(length: 2_048)), model: manifest,
            data: try data(for: manifest, &intake), recipeText: nil)
        let facts: [EvaluationFacts] = try facts(
            of: TaskNames.evaluateHead, specification, intake, progress)
        guard let summary = EvaluationSummary(facts) else {
            throw CommandFailure(.jobFailed, "The job finished without a score.")
        }
        guard summary.perplexity.isFinite else {
            throw CommandFailure(
                .jobFailed,
                "The perplexity is beyond all numbers (\(summary.natsPerToken) nats per token): "
                    + "the model is broken.")
        }
        progress.note("evaluated \(manifest.title)")
        print(format.json ? try JSONText.of(summary) : Self.text(summary))
    }

    private func compare(
        _ folder: URL, with other: URL, _ progress: ProgressLine
    ) throws {
        var intake = JobIntake()
        let (manifest, _) = try intake.model(at: folder, progress: { progress.show($0) })
        let (reference, _) = try intake.model(at: other, progress: { progress.show($0) })
        let specification = JobSpecification(
            purpose: .compare(request(length: 128), against: reference), model: manifest,
            data: try data(for: reference, &intake), recipeText: nil)
        let facts: [EmbeddingFacts] = try facts(
            of: TaskNames.compareEmbeddings, specification, intake, progress)
        guard let summary = EmbeddingSummary(facts) else {
            throw CommandFailure(.jobFailed, "The job finished without a score.")
        }
        progress.note("compared \(manifest.title) with \(reference.title)")
        print(format.json ? try JSONText.of(summary) : Self.text(summary))
    }

    private func request(length usual: Int) -> EvaluationRequest {
        EvaluationRequest(
            length: length ?? usual, windows: windows, addsSpecialTokens: specialTokens)
    }

    private func data(
        for model: ModelManifest, _ intake: inout JobIntake
    ) throws -> DataManifest {
        if let text { return try intake.text(at: URL(filePath: text), for: model) }
        return try intake.tokens(at: URL(filePath: tokens ?? ""))
    }

    /// Runs the job, here or on the coordinator that was named: the facts of the tasks of a kind,
    /// in the order of the windows.
    private func facts<Facts: Decodable>(
        of kind: String, _ specification: JobSpecification, _ intake: JobIntake,
        _ progress: ProgressLine
    ) throws -> [Facts] {
        // Mistakes that only the plan shows are told before anything starts.
        _ = try specification.makeDriver()
        let title = specification.model.title
        if coordinator.isGiven {
            let client = try coordinator.connect()
            defer { client.close() }
            let job = try client.submit(
                specification, intake, title: title, progress: { progress.show($0) })
            return try Self.facts(of: kind, job, client, progress, check: {})
        }
        let cluster = try LocalCluster(
            dataFolder: local.folder, workers: try local.count,
            memoryBytes: try local.memoryBytes)
        defer { cluster.stop() }
        let job = try cluster.submit(specification, intake, title: title)
        return try Self.facts(
            of: kind, job, cluster.client, progress, check: cluster.checkWorkers)
    }

    private static func facts<Facts: Decodable>(
        of kind: String, _ job: JobID, _ client: ClusterClient, _ progress: ProgressLine,
        check: () throws -> Void
    ) throws -> [Facts] {
        let status = try client.wait(
            for: job, progress: progress, interruption: Interruption(), check: check)
        try JobEnd.check(status)
        let scores = try client.tasks(of: job).filter { $0.status.kind == kind }
            .sorted { $0.status.name < $1.status.name }
        return try scores.map {
            try CanonicalJSON.decode(Facts.self, from: ($0.status.facts ?? "{}").utf8)
        }
    }

    private static func text(_ summary: EvaluationSummary) -> String {
        let error = String(format: "%.4f", summary.standardError)
        return """
            perplexity      \(String(format: "%.4f", summary.perplexity)) ± \(error)
            nats per token  \(String(format: "%.6f", summary.natsPerToken))
            tokens scored   \(Figures.count(summary.tokens)) in \(summary.windows) windows
            """
    }

    private static func text(_ summary: EmbeddingSummary) -> String {
        let error = String(format: "%.6f", summary.standardError)
        return """
            mean cosine     \(String(format: "%.6f", summary.meanCosine)) ± \(error)
            minimum cosine  \(String(format: "%.6f", summary.minimumCosine))
            windows         \(Figures.count(summary.windows))
            """
    }
}
