import Planning
import Testing

@Suite struct `Shape of a recipe` {
    private func problem(_ yaml: String) throws -> (line: Int, text: String) {
        let error = #expect(throws: PlanningError.self) { try Recipe(yaml: yaml) }
        guard case .recipe(let line, let text) = try #require(error) else { return (0, "") }
        return (line, text)
    }

    @Test(arguments: ["[", "{a: ", "[{a: "])
    func `keeps brackets within bounds`(open: String) throws {
        let deep = String(repeating: open, count: 200_000)
        #expect(try problem("inputs: dense\n" + deep).text.contains("brackets"))
        #expect(try problem("inputs: dense\n" + deep).line == 2)
    }

    /// What closes in a comment or in a text closes nothing.
    @Test(arguments: ["[ # ]\n", "[ ' ]', ", "{a: \"}\\n\", b: ", "[a: [a: "])
    func `counts what is open on the safe side`(open: String) throws {
        let deep = String(repeating: open, count: 300)
        #expect(try problem("inputs: dense\nx: " + deep).text.contains("brackets"))
    }

    @Test(arguments: ["- ", "? ", "  "])
    func `keeps lines within columns`(indent: String) throws {
        let deep = "\n" + String(repeating: indent, count: 100_000) + "a"
        #expect(try problem(deep).text.contains("columns"))
        #expect(try problem(deep).line == 2)
    }

    @Test func `has no anchors`() throws {
        #expect(try problem("inputs: &a dense\n").text.contains("Anchors"))
        let path = "calibration: { tokens: R&D.npy }\nsteps: [gptq: ]\n"
        #expect(try Recipe(yaml: path).calibration?.source == .tokens("R&D.npy"))
    }

    @Test func `allows what recipes use`() throws {
        let steps = (0..<2_000).map { "  - rtn: { bits: 4 }\n    targets: [layers.\($0).q_proj]\n" }
        #expect(try Recipe(yaml: "steps:\n" + steps.joined()).steps.count == 2_000)
    }

    @Test func `names a long unknown key by its beginning only`() throws {
        let key = String(repeating: "k", count: 500_000)
        #expect(try problem("\(key): 1\nsteps: [rtn: ]\n").text.utf8.count < 300)
    }
}
