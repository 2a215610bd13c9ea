import ArgumentParser
import Domain
import Foundation
import Planning
import Transfer

/// `spokeshave drill`: a job of harmless tasks that behave as told.
struct DrillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Submit tasks that sleep, allocate, fail or crash as told (for tests).",
        discussion: "The coordinator must have been started with --allow-drills.",
        shouldDisplay: false)

    @Option(name: .long, help: "Layers of the graph.")
    var layers = 1

    @Option(name: .long, help: "Tasks of a layer.")
    var width = 100

    @Option(name: .long, help: "Outputs of the layer before that each task reads.")
    var fanIn = 0

    @Option(name: .long, help: "How long a task takes, in milliseconds.")
    var milliseconds = 0

    @Option(name: .long, help: "Bytes of each output.")
    var output = 0

    @Option(name: .long, help: "Memory that each task fills, in bytes.")
    var allocate = 0

    @Flag(name: .long, help: "Send outputs to the coordinator.")
    var durable = false

    @Option(name: .long, help: "What the tasks named by --every do.")
    var behaviour = "succeed"

    @Option(name: .long, help: "Every so many tasks behave so, the others succeed.")
    var every = 1

    @Option(name: .long, help: "Tasks of drills with another seed share no results.")
    var seed: UInt64 = 0

    @OptionGroup var coordinator: CoordinatorOption

    func run() throws {
        guard let behaviour = DrillBehaviour(rawValue: behaviour), every >= 1 else {
            let known = DrillBehaviour.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.usage, "--behaviour is one of \(known); --every at least 1.")
        }
        let usual = DrillPlan.Step(
            milliseconds: milliseconds, allocateBytes: allocate, outputBytes: output)
        let chosen = DrillPlan.Step(
            every: every, milliseconds: milliseconds, allocateBytes: allocate,
            outputBytes: output, behaviour: behaviour)
        let plan = DrillPlan(
            layers: layers, width: width, fanIn: fanIn, retention: durable ? .durable : .transient,
            seed: seed, steps: behaviour == .succeed ? [usual] : [chosen, usual])
        // What is out of bounds is told before anything is sent.
        let specification = try JobSpecification(
            decoding: try JobSpecification.drill(plan).encoded())
        let client = try coordinator.connect()
        defer { client.close() }
        let blobs = try client.blobClient()
        defer { blobs.close() }
        print(try client.start(specification, title: "drill", blobs).description)
    }
}
