import ArgumentParser
import Checkpoints
import Domain
import Foundation
import Models
import Planning
import Reporting
import Worker

/// `spokeshave inspect`: what a model is, and what a recipe would cost.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a model's layers, and what a recipe would touch and cost.",
        discussion: """
            Reads headers only. The time is an estimate: floating-point operations of all \
            tasks over the measured speed of this machine's cores.
            """)

    @Argument(help: "A Hugging Face folder.")
    var model: String

    @Option(name: .long, help: "A recipe to plan.")
    var recipe: String?

    @Option(name: .long, help: "Workers to plan for. The default is one for each core here.")
    var workers: Int?

    @Option(
        name: .long,
        help: "A report of that recipe: shows each stage's share of the floor, and its memory.")
    var report: String?

    @OptionGroup var format: JSONOption

    func validate() throws {
        guard report == nil || recipe != nil else {
            throw ValidationError("--report needs the --recipe that it was made with.")
        }
    }

    func run() throws {
        let folder = try HuggingFaceFolder.open(at: URL(filePath: model))
        let architecture = try ArchitectureCatalogue.architecture(of: folder)
        let plan = try recipe.map { path in
            try PlanEstimate(
                folder: folder, recipe: try RecipeFile(path: path).recipe,
                workers: max(1, workers ?? ProcessInfo.processInfo.activeProcessorCount),
                flopsPerSecond: MachineRate.measuredFlops())
        }
        let stages = try plan.flatMap { plan in
            try report.map { try StageShare.list(plan, reportAt: URL(filePath: $0)) }
        }
        let facts = ModelFacts(
            folder: folder, architecture: architecture, plan: plan, stages: stages)
        print(format.json ? try JSONText.of(facts) : Self.text(facts))
    }

    private static func text(_ facts: ModelFacts) -> String {
        var table = TextTable(["layer", "outputs", "inputs", "type", "step"])
        for layer in facts.layers {
            table.add([
                layer.name, "\(layer.outputs)", "\(layer.inputs)", layer.elementType,
                layer.step ?? "–",
            ])
        }
        var text = """
            \(facts.architecture): \(Figures.count(facts.parameters)) parameters in \
            \(facts.blocks) blocks, \(Figures.bytes(facts.bytes)) in \(facts.files) file(s)

            \(table.text)
            """
        if let plan = facts.plan {
            text += """


                tasks               \(plan.tasks)
                computing           \(Figures.significant(plan.flops / 1e12)) TFLOP
                time                about \(Figures.duration(plan.seconds)) on \
                \(plan.workers) worker(s) at \
                \(Figures.significant(plan.flopsPerSecond / 1e9)) GFLOP/s each
                memory per task     \(Figures.bytes(plan.memoryBytesPerTask)) at most
                disk per worker     \(Figures.bytes(plan.workerDiskBytes)) at most
                disk, coordinator   \(Figures.bytes(plan.coordinatorDiskBytes))
                network per worker  \(Figures.bytes(plan.networkBytesPerWorker)) at least
                """
        }
        if let stages = facts.stages { text += "\n\n" + StageShare.table(stages) }
        return text
    }
}

/// What `inspect` prints.
struct ModelFacts: Encodable {
    struct Layer: Encodable {
        let name: String
        let outputs: Int
        let inputs: Int
        let elementType: String
        let step: String?
    }

    let architecture: String
    let parameters: Int
    let blocks: Int
    let bytes: Int
    let files: Int
    let layers: [Layer]
    let plan: PlanEstimate?
    let stages: [StageShare]?

    init(
        folder: HuggingFaceFolder, architecture: any Architecture, plan: PlanEstimate?,
        stages: [StageShare]?
    ) {
        self.stages = stages
        self.architecture = architecture.modelType
        parameters = folder.tensors.reduce(0) { $0 + $1.elementCount }
        blocks = architecture.blockCount
        bytes = folder.totalBytes
        files = folder.weightFiles.count
        let types = Dictionary(
            folder.tensors.map { ($0.name, $0.elementType) }, uniquingKeysWith: { $1 })
        layers = (0..<architecture.blockCount).flatMap { architecture.linears(inBlock: $0) }
            .map { layer in
                Layer(
                    name: layer.name, outputs: layer.outputs, inputs: layer.inputs,
                    elementType: types[layer.weight] ?? "?", step: plan?.steps[layer.name])
            }
        self.plan = plan
    }
}
