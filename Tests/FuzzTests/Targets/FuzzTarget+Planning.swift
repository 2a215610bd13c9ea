import Domain
import Planning

extension FuzzTarget {
    /// A recipe, and the plan that it makes for a small model.
    func readsRecipe(_ bytes: [UInt8]) throws -> Bool {
        guard let yaml = String(validating: bytes, as: UTF8.self),
            let recipe = try? Recipe(yaml: yaml)
        else { return false }
        let specification = PaperModel.specification(
            .compress(recipe), model: try PaperModel.llama, recipeText: yaml)
        try plan(specification)
        return true
    }

    /// A job's specification as a client sends it, and the plan that it makes.
    func readsSpecification(_ bytes: [UInt8]) throws -> Bool {
        guard let specification = try? JobSpecification(decoding: bytes) else { return false }
        guard try JobSpecification(decoding: specification.encoded()) == specification else {
            throw Finding("A specification that was written and read again is another one.")
        }
        try plan(specification)
        return true
    }

    /// What a worker says of the tokens, from which the coordinator makes the rest of the plan.
    func readsTokenFacts(_ bytes: [UInt8]) throws -> Bool {
        var accepted = false
        for specification in try PaperModel.specifications() {
            guard var driver = try? specification.makeDriver(),
                (try? driver.advance([:])) != nil
            else { throw Finding("The plan of the paper model cannot be made.") }
            let result = TaskResult(outputs: [], facts: bytes)
            if (try? driver.advance([TaskName("tokens"): result])) != nil { accepted = true }
        }
        return accepted
    }

    private func plan(_ specification: JobSpecification) throws {
        guard var driver = try? specification.makeDriver(),
            let first = try? driver.advance([:])
        else { return }
        var windows = 3
        if case .compress(let recipe) = specification.purpose, let data = recipe.calibration {
            // A plan of a million windows is as sound as one of a thousand, only longer.
            windows = min(data.samples, 1_000)
        }
        let facts = try CanonicalJSON.encode(
            TokenFacts(tokens: 5_000, windows: windows, heldOut: 0))
        let result = TaskResult(outputs: [], facts: facts)
        let second = (try? driver.advance([TaskName("tokens"): result])) ?? []
        for task in first + second {
            guard task.cost.memoryBytesMax >= 0, task.cost.outputBytes >= 0 else {
                throw Finding("The task \(task.name) is said to need less than nothing.")
            }
        }
    }
}
