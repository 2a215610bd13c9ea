import Domain
import Foundation
import Models
import Planning

/// A job as its real driver plans it, with the size of each output.
struct Plan: Sendable {
    /// What the driver is made from.
    let specification: JobSpecification
    /// What the first task, which cuts the text into windows, will find; nil without one.
    let tokenFacts: TokenFacts?
    /// All tasks in the order in which the driver asks for them.
    let tasks: [TaskDescription]
    /// Bytes of each task's outputs, in the order of their declarations.
    let outputBytes: [TaskName: [Int]]

    /// Plans `recipe` on the model.
    init(_ model: ModelShape, _ recipe: Recipe) throws {
        let data = DataManifest(
            format: .text, blob: ModelShape.blob("text", 1 << 20),
            tokenizer: ModelShape.blob("tokenizer", 1 << 21))
        specification = JobSpecification(
            purpose: .compress(recipe), model: model.manifest,
            data: recipe.calibration == nil ? nil : data, recipeText: nil)
        tokenFacts = recipe.calibration.map {
            TokenFacts(
                tokens: ($0.samples + $0.heldOut) * $0.length, windows: $0.samples,
                heldOut: $0.heldOut)
        }
        var driver = try specification.makeDriver()
        var all = try driver.advance([:])
        if let facts = tokenFacts, let first = all.first {
            all += try driver.advance([
                first.name: TaskResult(outputs: [], facts: try CanonicalJSON.encode(facts))
            ])
        }
        tasks = all
        let architecture = try ArchitectureCatalogue.architecture(
            configuration: Array(model.manifest.configurationText.utf8))
        var sizes: [TaskName: [Int]] = [:]
        for task in all { sizes[task.name] = try Self.sizes(of: task, architecture) }
        outputBytes = sizes
    }

    /// The result that stands in for the one that a worker would give.
    func result(of task: TaskDescription) -> TaskResult {
        let sizes = outputBytes[task.name] ?? []
        let outputs = zip(task.outputs, sizes).map { output, bytes in
            TaskOutput(
                name: output.name,
                blob: ModelShape.blob("output \(output.name) of \(task.name)", bytes))
        }
        var facts = Array("{}".utf8)
        if task.kind == TaskNames.prepareTokens, let tokenFacts {
            facts = (try? CanonicalJSON.encode(tokenFacts)) ?? facts
        }
        return TaskResult(outputs: outputs, facts: facts)
    }

    /// Shares the stated bytes of all outputs among them: Grams by their dimensions, the rest by
    /// the widths of the states.
    private static func sizes(
        of task: TaskDescription, _ architecture: any Architecture
    ) throws -> [Int] {
        switch task.kind {
        case TaskNames.runSegment:
            let parameters = try CanonicalJSON.decode(
                RunSegmentParameters.self, from: task.parameters)
            return shares(of: task, parameters, architecture)
        default:
            precondition(task.outputs.count <= 1, "only segments have several outputs")
            return task.outputs.isEmpty ? [] : [task.cost.outputBytes]
        }
    }

    private static func shares(
        of task: TaskDescription, _ parameters: RunSegmentParameters,
        _ architecture: any Architecture
    ) -> [Int] {
        let widths = architecture.linearGroups(inBlock: parameters.block).map(\.inputs)
        let grams = parameters.taps.map { tap in widths[tap] * (widths[tap] + 1) / 2 * 4 }
        let names = task.outputs.map(\.name)
        var stateWidths: [Int] = []
        if names.contains("hidden") { stateWidths.append(architecture.hiddenSize) }
        if names.contains("middle") { stateWidths.append(widths[parameters.lastGroup]) }
        let states = task.cost.outputBytes - grams.reduce(0, +)
        let width = max(1, stateWidths.reduce(0, +))
        return stateWidths.map { states / width * $0 } + grams
    }
}
