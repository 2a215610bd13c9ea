import Methods
import Planning
import Testing

@Suite struct `Recipe in YAML` {
    private func step(_ text: String) throws -> RecipeStep {
        let yaml = "calibration: { text: a.txt }\nsteps:\n  - \(text)\n"
        return try #require(try Recipe(yaml: yaml).steps.first)
    }

    private func problem(_ yaml: String) throws -> (line: Int, text: String) {
        let error = #expect(throws: PlanningError.self) { try Recipe(yaml: yaml) }
        guard case .recipe(let line, let text) = try #require(error) else { return (0, "") }
        return (line, text)
    }

    @Test func `reads the example of the documentation`() throws {
        let recipe = try Recipe(
            yaml: """
                calibration: { text: calib.txt, samples: 128, length: 512, seed: 0 }
                inputs: sequential
                steps:
                  - gptq: { bits: 4, group_size: 128, symmetric: false, act_order: false,
                            damping: 0.01 }
                    targets: ["Linear"]
                    ignore: ["lm_head"]
                """)
        #expect(
            recipe.calibration
                == CalibrationOptions(
                    source: .text("calib.txt"), samples: 128, length: 512, seed: 0, heldOut: 8))
        #expect(recipe.inputs == .sequential)
        #expect(
            recipe.steps == [
                RecipeStep(
                    method: .gptq(QuantizationOptions()), damping: 0.01, targets: ["Linear"],
                    ignore: ["lm_head"], line: 4)
            ])
    }

    @Test func `has the documented defaults`() throws {
        let recipe = try Recipe(yaml: "calibration: { tokens: a.npy }\nsteps: [gptq: ]\n")
        #expect(
            recipe.calibration
                == CalibrationOptions(
                    source: .tokens("a.npy"), samples: 128, length: 512, seed: nil, heldOut: 8))
        #expect(recipe.inputs == .sequential)
        #expect(recipe.states == .float32)
        #expect(recipe.steps.first?.method == .gptq(QuantizationOptions()))
        #expect(recipe.steps.first?.damping == 0.01)
        #expect(recipe.steps.first?.targets == ["Linear"])
        #expect(recipe.steps.first?.ignore == [])
    }

    @Test func `knows how states may be stored`() throws {
        let recipe = try Recipe(
            yaml: "calibration: { text: a }\nstates: bfloat16\nsteps: [gptq: ]\n")
        #expect(recipe.states == .bfloat16)
        let refused = try problem("states: float8\nsteps: [rtn: ]\n")
        #expect(refused.line == 1)
        #expect(refused.text.contains("bfloat16"))
    }

    @Test func `reads every option of gptq`() throws {
        let step = try step(
            "gptq: { bits: 3, group_size: 64, symmetric: true, act_order: static, grid: mse, "
                + "damping: 0.1, block_size: 32, stale_groups: false }")
        #expect(
            step.method
                == .gptq(
                    QuantizationOptions(
                        bits: 3, groupSize: 64, symmetric: true, actOrder: .static,
                        grid: .meanSquaredError, staleGroups: false, blockSize: 32)))
        #expect(step.damping == 0.1)
    }

    @Test(arguments: [
        ("false", QuantizationOptions.ActOrder.none), ("true", .dynamic), ("none", .none),
        ("weight", .dynamic), ("dynamic", .dynamic), ("static", .static),
        ("static_group", .static),
    ])
    func `reads an act order`(_ word: String, _ expected: QuantizationOptions.ActOrder) throws {
        let method = try step("gptq: { act_order: \(word) }").method
        #expect(method == .gptq(QuantizationOptions(actOrder: expected)))
    }

    @Test(arguments: ["null", "~", "-1"])
    func `takes one group for a row`(_ word: String) throws {
        let method = try step("rtn: { group_size: \(word) }").method
        #expect(method == .roundToNearest(QuantizationOptions(groupSize: nil)))
    }

    @Test func `reads the pruning methods`() throws {
        #expect(
            try step("magnitude: { sparsity: 0.7, granularity: row }").method
                == .magnitude(
                    SparsityOptions(pattern: .unstructured(fraction: 0.7), granularity: .row)))
        #expect(
            try step("wanda: { pattern: 2:4 }").method
                == .wanda(SparsityOptions(pattern: .structured(pruned: 2, of: 4))))
        let options = "pattern: \"5:8\", block_size: 64, mask_block_size: 32, damping: 0.02"
        let last = try step("sparsegpt: { \(options) }")
        #expect(
            last.method
                == .sparseGPT(
                    SparsityOptions(
                        pattern: .structured(pruned: 5, of: 8), maskBlockSize: 32,
                        blockSize: 64)))
        #expect(last.damping == 0.02)
        #expect(
            try step("wanda: { pattern: 2:4, sparsity: 0.5 }").method
                == .wanda(SparsityOptions(pattern: .structured(pruned: 2, of: 4))))
    }

    @Test(arguments: ["sequential", "block", "dense"])
    func `reads where inputs come from`(_ word: String) throws {
        let recipe = try Recipe(yaml: "inputs: \(word)\nsteps: [rtn: ]")
        #expect(recipe.inputs.rawValue == word)
    }

    @Test(arguments: [
        ("steps:\n  - rtn: {}\nimputs: dense\n", 3, "inputs"),
        ("calibration: { text: a, sample: 2 }\nsteps: [rtn: ]", 1, "samples"),
        ("steps:\n  - rtn: {}\n  - gtpq: {}\n", 3, "gptq"),
        ("steps:\n  - rtn:\n      bits: 4\n      groupsize: 64\n", 4, "group_size"),
        ("steps:\n  - rtn: {}\n    target: [q_proj]\n", 3, "targets"),
        ("steps:\n  - magnitude: { sparsty: 0.5 }\n", 2, "sparsity"),
    ])
    func `refuses unknown keys with their line and a hint`(
        _ yaml: String, _ line: Int, _ hint: String
    ) throws {
        let problem = try problem(yaml)
        #expect(problem.line == line)
        #expect(problem.text.contains("Did you mean “\(hint)”?"))
    }

    @Test func `gives no hint where nothing is near`() throws {
        let problem = try problem("steps: [rtn: ]\nzzzzzzzzzzzz: 1\n")
        #expect(problem.line == 2)
        #expect(!problem.text.contains("Did you mean"))
    }

    @Test(arguments: [
        "gptq: { bits: four }", "gptq: { bits: 1 }", "gptq: { bits: 9 }", "rtn: { bits: 4.5 }",
        "gptq: { symmetric: 3 }", "gptq: { damping: -1 }", "gptq: { damping: high }",
        "gptq: { grid: best }", "gptq: { act_order: up }", "gptq: { group_size: 0 }",
        "gptq: { block_size: 0 }", "rtn: { act_order: true }", "rtn: { damping: 0.1 }",
        "magnitude: { sparsity: 1 }", "magnitude: { sparsity: -0.1 }",
        "magnitude: { pattern: 4:4 }", "magnitude: { pattern: 0:4 }",
        "magnitude: { pattern: \"2\" }", "magnitude: { pattern: 1:2:3 }",
        "magnitude: { pattern: 2:4, sparsity: 0.3 }", "magnitude: { pattern: [2, 4] }",
        "wanda: { granularity: column }", "wanda: { block_size: 8 }", "rtn: [4]", "rtn: 4",
        "targets: [q_proj]", "{ rtn: {}, gptq: {} }", "{ rtn: {}, targets: { a: b } }",
        "just a word",
    ])
    func `refuses a step that cannot be meant`(_ text: String) throws {
        let yaml = "calibration: { text: a.txt }\nsteps:\n  - \(text)\n"
        #expect(try problem(yaml).line == 3)
    }

    @Test(arguments: [
        "", "# nothing\n", "- a\n", "steps: rtn\n", "steps: []\n", "inputs: dense\n",
        "inputs: sideways\nsteps: [rtn: ]\n", "steps: [rtn: ]\nsteps: [rtn: ]\n",
        "calibration: {}\nsteps: [rtn: ]\n",
        "calibration: { text: a, tokens: b }\nsteps: [rtn: ]\n",
        "calibration: { text: a, samples: 0 }\nsteps: [rtn: ]\n",
        "calibration: { text: a, length: 1 }\nsteps: [rtn: ]\n",
        "calibration: { text: a, seed: -1 }\nsteps: [rtn: ]\n",
        "calibration: { text: a, held_out: -1 }\nsteps: [rtn: ]\n",
        "calibration: { text: a, first_token_weight: 0.5 }\nsteps: [rtn: ]\n",
        "calibration: { text: a, first_token_weight: 70000 }\nsteps: [rtn: ]\n",
        "calibration: { text: [a] }\nsteps: [rtn: ]\n",
    ])
    func `refuses a recipe without sense`(_ yaml: String) {
        #expect(throws: PlanningError.self) { try Recipe(yaml: yaml) }
    }

    @Test(arguments: ["gptq", "wanda", "sparsegpt"])
    func `asks for calibration where a method needs it`(_ method: String) throws {
        let problem = try problem("inputs: dense\nsteps:\n  - \(method): {}\n")
        #expect(problem.line == 3)
        #expect(problem.text.contains("needs calibration data"))
    }

    @Test(arguments: ["rtn", "magnitude"])
    func `needs no calibration for methods without data`(_ method: String) throws {
        #expect(try Recipe(yaml: "steps: [\(method): ]").calibration == nil)
    }

    @Test func `tells the line of a syntax error`() throws {
        let problem = try problem("inputs: dense\nsteps:\n  - rtn: { bits: 4 ]\n")
        #expect(problem.line == 3)
        #expect(problem.text.contains("no YAML"))
    }

    @Test func `refuses a file over its bound`() throws {
        let yaml = "steps: [rtn: ]\n" + String(repeating: "#", count: 1 << 20)
        #expect(try problem(yaml).text.contains("1 MiB"))
    }
}
