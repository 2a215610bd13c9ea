import Domain
import Foundation
import Testing

@testable import Planning

@Suite struct `A drill` {
    @Test func `is a graph of layers whose tasks read their neighbours`() throws {
        let plan = try Plan(
            .drill(DrillPlan(layers: 3, width: 4, fanIn: 2, seed: 9)))
        #expect(plan.isComplete)
        #expect(plan.tasks.count == 12)
        #expect(plan.tasks("drill").count == 12)
        let task = try #require(plan.task("drill/000002/000003"))
        #expect(task.dependencies == ["drill/000001/000003", "drill/000001/000000"])
        // The last layer is what the job wants; the others are read by the next.
        #expect(plan.roots.count == 4)
        #expect(plan.roots.allSatisfy { $0.description.hasPrefix("drill/000002/") })
        #expect(task.outputs.isEmpty)
        #expect(plan.task("drill/000001/000000")?.outputs.count == 1)
    }

    @Test func `without inputs wants all its tasks, and no two share a key`() throws {
        let plan = try Plan(.drill(DrillPlan(layers: 2, width: 50, seed: 1)))
        #expect(plan.roots.count == 100)
        let keys = Set(plan.tasks.map { $0.key(resolved: []) })
        #expect(keys.count == 100)
        let other = try Plan(.drill(DrillPlan(layers: 2, width: 50, seed: 2)))
        #expect(keys.isDisjoint(with: other.tasks.map { $0.key(resolved: []) }))
    }

    @Test func `gives each task the first step that fits its number`() throws {
        let plan = try Plan(
            .drill(
                DrillPlan(
                    layers: 1, width: 10, seed: 1,
                    steps: [
                        DrillPlan.Step(every: 5, offset: 2, behaviour: .crash),
                        DrillPlan.Step(
                            milliseconds: 7, allocateBytes: 1 << 20, statedBytes: 5 << 20),
                    ])))
        for (number, task) in plan.tasks.enumerated() {
            let parameters = try CanonicalJSON.decode(
                DrillParameters.self, from: task.parameters)
            #expect(parameters.behaviour == (number % 5 == 2 ? .crash : .succeed))
            #expect(parameters.milliseconds == (number % 5 == 2 ? 0 : 7))
            #expect(task.cost.memoryBytesMax == (number % 5 == 2 ? 16 << 20 : 5 << 20))
        }
    }

    @Test func `survives its way through a blob, and needs none beside`() throws {
        let specification = JobSpecification.drill(
            DrillPlan(layers: 1, width: 2, seed: .max, steps: [DrillPlan.Step()]))
        #expect(specification.isDrill)
        #expect(specification.blobs.isEmpty)
        #expect(try JobSpecification(decoding: specification.encoded()) == specification)
    }

    @Test(arguments: [
        DrillPlan(layers: 0, width: 1, seed: 1),
        DrillPlan(layers: 2_000_001, width: 1, seed: 1),
        DrillPlan(layers: 1_000, width: 2_001, seed: 1),
        DrillPlan(layers: 1, width: .max, seed: 1),
        DrillPlan(layers: 2, width: 3, fanIn: 4, seed: 1),
        DrillPlan(layers: 1, width: 1, seed: 1, steps: [DrillPlan.Step(every: 0)]),
        DrillPlan(layers: 1, width: 1, seed: 1, steps: [DrillPlan.Step(every: 2, offset: 2)]),
        DrillPlan(layers: 1, width: 1, seed: 1, steps: [DrillPlan.Step(milliseconds: -1)]),
        DrillPlan(layers: 1, width: 1, seed: 1, steps: [DrillPlan.Step(outputBytes: 1 << 31)]),
        DrillPlan(layers: 1, width: 1, seed: 1, steps: [DrillPlan.Step(statedBytes: -1)]),
    ])
    func `out of bounds is refused`(_ plan: DrillPlan) throws {
        let bytes = try JobSpecification.drill(plan).encoded()
        #expect(throws: PlanningError.self) { try JobSpecification(decoding: bytes) }
    }
}
