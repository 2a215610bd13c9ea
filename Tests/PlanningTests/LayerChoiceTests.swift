import Domain
import Methods
import Planning
import Testing

@Suite struct `Choice of layers` {
    private func layers(_ steps: String) throws -> [String] {
        try Plan(try FakeModel.specification("steps:\n" + steps)).layers
    }

    private func problem(_ steps: String) throws -> (line: Int, text: String) {
        let specification = try FakeModel.specification("steps:\n" + steps)
        let error = #expect(throws: PlanningError.self) { try specification.makeDriver() }
        guard case .recipe(let line, let text) = try #require(error) else { return (0, "") }
        return (line, text)
    }

    private func methods(_ steps: String) throws -> [String: CompressionMethod] {
        let plan = try Plan(try FakeModel.specification("steps:\n" + steps))
        var methods: [String: CompressionMethod] = [:]
        for task in plan.tasks(TaskNames.compressLayer) {
            let parameters = try CanonicalJSON.decode(
                CompressLayerParameters<CompressionMethod>.self, from: task.parameters)
            methods[parameters.layer] = parameters.method
        }
        return methods
    }

    @Test func `means every linear of every block by Linear`() throws {
        #expect(try layers("  - rtn: {}").count == FakeModel.blocks * FakeModel.linears.count)
    }

    @Test func `takes endings after a dot, whole names and patterns`() throws {
        #expect(
            try layers("  - rtn: {}\n    targets: [q_proj]")
                == (0..<3).map { "model.layers.\($0).self_attn.q_proj" })
        #expect(
            try layers("  - rtn: {}\n    targets: model.layers.1.mlp.up_proj")
                == ["model.layers.1.mlp.up_proj"])
        #expect(try layers("  - rtn: {}\n    targets: [self_attn.k_proj]").count == 3)
        #expect(
            try layers("  - rtn: {}\n    targets: [\"re:.*layers\\\\.[02]\\\\.mlp.*\"]").count
                == 6)
    }

    @Test func `matches patterns from the start of the name only`() throws {
        #expect(try problem("  - rtn: {}\n    targets: [\"re:self_attn\"]").line == 2)
        #expect(try problem("  - rtn: {}\n    targets: [_proj]").line == 2)
    }

    @Test func `leaves ignored layers alone`() throws {
        let names = try layers(
            "  - rtn: {}\n    ignore: [lm_head, \"re:.*mlp.*\", model.layers.0.self_attn.q_proj]")
        #expect(names.count == 11)
        #expect(!names.contains("model.layers.0.self_attn.q_proj"))
        #expect(names.allSatisfy { $0.contains("self_attn") })
    }

    @Test func `refuses a pattern that is none`() throws {
        let problem = try problem("  - rtn: {}\n    targets: [\"re:(\"]")
        #expect(problem.line == 2)
        #expect(problem.text.contains("no regular expression"))
    }

    @Test func `refuses two steps for one layer and names both lines`() throws {
        let problem = try problem("  - rtn: {}\n  - magnitude: {}\n    targets: [q_proj]")
        #expect(problem.line == 3)
        #expect(problem.text.contains("model.layers.0.self_attn.q_proj"))
        #expect(problem.text.contains("line 2"))
    }

    @Test func `refuses a step that matches nothing`() throws {
        let problem = try problem(
            "  - rtn: {}\n    targets: [q_proj]\n  - rtn: {}\n    targets: [lm_head]")
        #expect(problem.line == 4)
        #expect(problem.text.contains("matches no layer"))
    }

    @Test func `narrows a group size by the greatest common divisor`() throws {
        let methods = try methods("  - rtn: { group_size: 128 }")
        #expect(
            methods["model.layers.0.self_attn.q_proj"]
                == .roundToNearest(QuantizationOptions(groupSize: 64)))
        #expect(
            methods["model.layers.2.mlp.down_proj"]
                == .roundToNearest(QuantizationOptions(groupSize: 128)))
    }

    @Test func `keeps a group size that divides or is wider than the layer`() throws {
        let small = try methods("  - rtn: { group_size: 8 }")
        #expect(small.values.allSatisfy { $0 == .roundToNearest(.init(groupSize: 8)) })
        let wide = try methods("  - rtn: { group_size: 4096 }")
        #expect(wide.values.allSatisfy { $0 == .roundToNearest(.init(groupSize: 4_096)) })
    }

    @Test func `refuses a group size without a useful divisor`() throws {
        let problem = try problem("  - rtn: { group_size: 100 }")
        #expect(problem.line == 2)
        #expect(problem.text.contains("group_size 100 and the 576 inputs"))
    }

    @Test func `refuses a pattern that does not divide the inputs`() throws {
        let problem = try problem("  - magnitude: { pattern: 3:7 }")
        #expect(problem.line == 2)
        #expect(problem.text.contains("model.layers.0.self_attn.q_proj"))
    }

    @Test func `gives each layer the method of its step`() throws {
        let methods = try methods(
            """
              - rtn: { bits: 3 }
                targets: ["re:.*mlp.*"]
              - magnitude: { sparsity: 0.25 }
                targets: [q_proj]
            """)
        #expect(methods.count == 12)
        #expect(methods["model.layers.1.mlp.up_proj"]?.name == "round_to_nearest")
        #expect(
            methods["model.layers.1.self_attn.q_proj"]
                == .magnitude(SparsityOptions(pattern: .unstructured(fraction: 0.25))))
    }
}
