import Domain
import Planning
import Testing

@Suite struct `Compression plan` {
    private static let calibration =
        "calibration: { tokens: a.npy, samples: 40, length: 512, held_out: 20, seed: 5 }\n"

    /// 40 windows of 512 tokens make shards of 16, 16 and 8; 20 held-out ones of 16 and 4.
    private func plan(
        _ inputs: String, _ steps: String = "steps: [gptq: ]\n", files: Int = 1
    ) throws -> Plan {
        try Plan(
            try FakeModel.specification(
                Self.calibration + "inputs: \(inputs)\n" + steps,
                manifest: FakeModel.manifest(files: files)))
    }

    private static let modes = ["sequential", "block", "dense"]

    @Test(arguments: Self.modes)
    func `has unique names, and inputs from earlier tasks only`(_ mode: String) throws {
        let plan = try plan(mode)
        var outputs: [TaskName: Set<String>] = [:]
        for task in plan.tasks {
            for case .output(let source, let name) in task.inputs.map(\.source) {
                #expect(outputs[source]?.contains(name) == true, "\(task.name) reads \(source)")
            }
            #expect(outputs[task.name] == nil)
            outputs[task.name] = Set(task.outputs.map(\.name))
            #expect(Set(task.inputs.map(\.name)).count == task.inputs.count)
        }
        #expect(plan.isComplete)
        #expect(plan.roots.isSubset(of: Set(outputs.keys)))
    }

    @Test(arguments: Self.modes)
    func `keeps to the limits`(_ mode: String) throws {
        for task in try plan(mode).tasks {
            #expect(task.parameters.count <= Limits.parameterBytesMax)
            #expect(task.inputs.count <= Limits.slotsPerTaskMax)
            #expect(task.name.description.utf8.count <= Limits.nameBytesMax)
            #expect(task.cost.flops.isFinite && task.cost.flops >= 0)
            #expect(task.cost.memoryBytesMax > 0)
            #expect(task.cost.outputBytes >= 0)
        }
    }

    @Test(arguments: Self.modes)
    func `wants all compressed layers and files`(_ mode: String) throws {
        let plan = try plan(mode, files: 2)
        #expect(plan.layers.count == 21)
        let roots = plan.tasks.filter { plan.roots.contains($0.name) }
        let kinds = roots.reduce(into: [:]) { $0[$1.kind, default: 0] += 1 }
        #expect(
            kinds == [
                TaskNames.prepareTokens: 1, TaskNames.compressLayer: 21,
                TaskNames.assembleShard: 2,
            ])
        for task in plan.tasks(TaskNames.assembleShard) {
            #expect(!task.dependencies.isEmpty)
            #expect(task.outputs == [OutputDeclaration("file", .durable)])
        }
        // Everything that is planned serves a root.
        let read = Set(plan.tasks.flatMap(\.dependencies))
        for task in plan.tasks where !plan.roots.contains(task.name) {
            #expect(read.contains(task.name.description), "\(task.name) is read by nobody")
        }
    }

    @Test(arguments: Self.modes)
    func `replays to the same tasks and keys`(_ mode: String) throws {
        let (one, two) = (try plan(mode), try plan(mode))
        #expect(one.tasks == two.tasks)
        #expect(one.roots == two.roots)
        func keys(_ plan: Plan) -> [Digest] {
            plan.tasks.map { task in
                task.key(
                    resolved: task.inputs.map { input in
                        switch input.source {
                        case .blob(let blob): blob
                        case .output(let source, let name): FakeModel.blob("\(source) \(name)")
                        }
                    })
            }
        }
        #expect(keys(one) == keys(two))
        #expect(Set(keys(one)).count == one.tasks.count)
    }

    @Test func `asks for the tokens first`() throws {
        let plan = try plan("sequential")
        #expect(plan.first.map(\.name) == [TaskName("tokens")])
        let parameters = try CanonicalJSON.decode(
            PrepareTokensParameters.self, from: plan.first.first?.parameters ?? [])
        #expect(
            parameters
                == PrepareTokensParameters(
                    format: .identifiers, length: 512, windows: 40, heldOut: 20, seed: 5,
                    addsSpecialTokens: false, vocabularySize: 1_000))
    }

    @Test func `cuts shards by constants, held-out windows apart`() throws {
        let embeds = try plan("dense").tasks(TaskNames.embedTokens).map {
            try CanonicalJSON.decode(EmbedTokensParameters.self, from: $0.parameters).sequences
        }
        #expect(embeds.map(\.first) == [0, 16, 32, 40, 56])
        #expect(embeds.map(\.count) == [16, 16, 8, 16, 4])
        #expect(embeds.allSatisfy { $0.length == 512 })
    }

    @Test(arguments: Self.modes)
    func `keeps held-out shards out of the calibration Grams`(_ mode: String) throws {
        let plan = try plan(mode)
        for task in plan.tasks(TaskNames.reduceGram) {
            let shards = task.dependencies.map { String($0.suffix(3)) }
            let isHeldOut = task.name.description.hasSuffix(".held-out")
            #expect(shards == (isHeldOut ? ["003", "004"] : ["000", "001", "002"]))
            #expect(task.inputs.map(\.name) == shards.indices.map { TaskNames.partial($0) })
        }
        for task in plan.tasks(TaskNames.compressLayer) {
            let names = task.dependencies
            #expect(names.count == 3)
            #expect(names[0].contains("/gram/") && !names[0].hasSuffix(".held-out"))
            #expect(names[1].hasSuffix(".held-out"))
            #expect(names[2].contains("/factor/"))
        }
    }

    @Test func `runs each linear once when it is sequential`() throws {
        let plan = try plan("sequential")
        for block in 0..<FakeModel.blocks {
            for shard in ["000", "004"] {
                let segments = try plan.segments(block: block, shard: shard)
                let run = segments.flatMap { Array($0.firstGroup..<$0.lastGroup) }
                #expect(run == (block < 2 ? [0, 1, 2, 3] : [0, 1, 2]))
                #expect(segments.flatMap(\.taps) == [0, 1, 2, 3])
                #expect(segments.allSatisfy { $0.taps.allSatisfy { $0 >= 0 } })
            }
        }
        // What runs after a group's solution runs with its compressed weights.
        let next = try #require(plan.task("block.000/to.1/000"))
        #expect(
            next.source("tensor:model.layers.0.self_attn.q_proj.weight")
                == .output(
                    task: TaskName("block.000/compress/model.layers.0.self_attn.q_proj"),
                    name: "weight"))
        #expect(next.outputs.map(\.name) == ["middle", "gram:1"])
        let last = try #require(plan.task("block.002/to.3/000"))
        #expect(last.outputs.map(\.name) == ["gram:3"])
    }

    @Test func `observes the uncompressed block, then passes the compressed one`() throws {
        let plan = try plan("block")
        for block in 0..<FakeModel.blocks {
            let segments = try plan.segments(block: block, shard: "001")
            let ranges = segments.map { $0.firstGroup..<$0.lastGroup }
            #expect(ranges == (block < 2 ? [0..<3, 0..<4] : [0..<3]))
            #expect(segments.map(\.taps) == (block < 2 ? [[0, 1, 2, 3], []] : [[0, 1, 2, 3]]))
        }
        let observe = try #require(plan.task("block.001/observe/001"))
        #expect(observe.dependencies == ["block.000/pass/001"])
        let pass = try #require(plan.task("block.001/pass/001"))
        #expect(pass.dependencies.filter { $0.contains("/compress/") }.count == 7)
    }

    @Test func `passes the uncompressed model once when it is dense`() throws {
        let plan = try plan("dense")
        for block in 0..<FakeModel.blocks {
            let segments = try plan.segments(block: block, shard: "002")
            let ranges = segments.map { $0.firstGroup..<$0.lastGroup }
            #expect(ranges == [block < 2 ? 0..<4 : 0..<3])
        }
        for task in plan.tasks(TaskNames.runSegment) {
            #expect(!task.dependencies.contains { $0.contains("/compress/") })
        }
    }

    @Test(arguments: Self.modes)
    func `runs nothing behind the last layer that is touched`(_ mode: String) throws {
        let steps = "steps:\n  - gptq: {}\n    targets: [model.layers.1.self_attn.o_proj]\n"
        let plan = try plan(mode, steps)
        #expect(plan.layers == ["model.layers.1.self_attn.o_proj"])
        #expect(try plan.segments(block: 2, shard: "000").isEmpty)
        let before = try plan.segments(block: 0, shard: "000")
        #expect(before.map { $0.firstGroup..<$0.lastGroup } == [0..<4])
        #expect(before.allSatisfy { $0.taps.isEmpty })
        let at = try plan.segments(block: 1, shard: "000")
        #expect(at.map { $0.firstGroup..<$0.lastGroup } == [0..<1])
        #expect(at.map(\.taps) == [[1]])
    }

    @Test func `shares a factor between layers of equal parameters only`() throws {
        let steps = """
            steps:
              - gptq: { bits: 4 }
                targets: [q_proj, k_proj]
              - gptq: { bits: 3, act_order: true }
                targets: [v_proj]
              - wanda: { sparsity: 0.5 }
                targets: [o_proj]
            """
        let plan = try plan("dense", steps)
        #expect(plan.tasks(TaskNames.factorGram).count == FakeModel.blocks * 2)
        func factor(_ layer: String) -> TaskInput.Source? {
            plan.task("block.000/compress/model.layers.0.self_attn.\(layer)")?.source("factor")
        }
        #expect(factor("q_proj") == factor("k_proj"))
        #expect(factor("q_proj") != factor("v_proj"))
        #expect(factor("o_proj") == nil)
    }

    @Test func `needs no tokens without calibration`() throws {
        let plan = try Plan(try FakeModel.specification("steps: [rtn: ]"))
        #expect(plan.isComplete)
        #expect(
            Set(plan.tasks.map(\.kind)) == [TaskNames.compressLayer, TaskNames.assembleShard])
        let kinds = plan.tasks(TaskNames.compressLayer).map { $0.inputs.map(\.name) }
        #expect(kinds.allSatisfy { $0 == ["weight"] })
    }

    @Test(arguments: Self.modes)
    func `weighs first tokens where a Gram calibrates only`(_ mode: String) throws {
        let recipe = "inputs: \(mode)\nsteps: [gptq: ]\n"
        let weighted = try Plan(
            try FakeModel.specification(
                Self.calibration.replacing(" }", with: ", first_token_weight: 32 }") + recipe))
        for (shard, weight) in [("000", 32.0), ("002", 32), ("003", nil), ("004", nil)] {
            let segments = try weighted.segments(block: 0, shard: shard)
            #expect(!segments.isEmpty)
            for segment in segments {
                #expect(segment.firstTokenWeight == (segment.taps.isEmpty ? nil : weight))
            }
        }
        // Once is what is meant without it, and the same tasks serve both.
        let once = try Plan(
            try FakeModel.specification(
                Self.calibration.replacing(" }", with: ", first_token_weight: 1 }") + recipe))
        let plain = try Plan(try FakeModel.specification(Self.calibration + recipe))
        #expect(once.tasks == plain.tasks)
    }

    @Test func `keeps the held-out Gram for later recipes, and makes none without windows`() throws
    {
        let specification = try FakeModel.specification(Self.calibration + "steps: [gptq: ]")
        let one = try Plan(specification, windows: 40, heldOut: 3)
        let task = try #require(one.tasks(TaskNames.compressLayer).first)
        #expect(
            task.source("held_out_gram")
                == .output(
                    task: TaskName("block.000/gram/qkv_input.held-out"), name: "gram"))
        let none = try Plan(specification, windows: 40, heldOut: 0)
        #expect(none.tasks(TaskNames.compressLayer).first?.source("held_out_gram") == nil)
        #expect(none.tasks(TaskNames.embedTokens).count == 3)
    }

    @Test func `refuses windows longer than the model's positions`() throws {
        let yaml = "calibration: { tokens: a.npy, length: 8193 }\nsteps: [gptq: ]"
        let specification = try FakeModel.specification(yaml)
        #expect(throws: PlanningError.self) { try specification.makeDriver() }
    }

    @Test(arguments: ["samples: 70000, length: 512", "samples: 4097, length: 8192"])
    func `refuses more shards than a task may read`(_ options: String) throws {
        let yaml = "calibration: { tokens: a.npy, \(options) }\nsteps: [gptq: ]"
        let specification = try FakeModel.specification(yaml)
        let error = #expect(throws: PlanningError.self) { try specification.makeDriver() }
        #expect(error?.description.contains("4096 shards") == true)
    }

    @Test func `names a tensor that the checkpoint lacks`() throws {
        let lost = "model.layers.1.mlp.up_proj.weight"
        let specification = try FakeModel.specification(
            "steps: [rtn: ]", manifest: FakeModel.manifest(without: lost))
        let error = #expect(throws: PlanningError.self) { try Plan(specification) }
        #expect(error?.description.contains(lost) == true)
    }

    @Test func `makes a specification that reads back`() throws {
        let specification = try FakeModel.specification(Self.calibration + "steps: [gptq: ]")
        let bytes = try specification.encoded()
        #expect(try JobSpecification(decoding: bytes) == specification)
        #expect(try JobSpecification(decoding: bytes).encoded() == bytes)
        #expect(specification.blobs.count == 1 + 29 + 1)
        #expect(throws: PlanningError.self) {
            try JobSpecification(decoding: Array("{}".utf8))
        }
        #expect(throws: PlanningError.self) { try JobSpecification(decoding: []) }
    }

    @Test(arguments: ["", "../x", "a/b", ".hidden"])
    func `never comes from a specification with such a file name`(_ name: String) throws {
        let good = FakeModel.manifest()
        let manifest = ModelManifest(
            title: good.title, configurationText: good.configurationText,
            configuration: good.configuration, tensors: good.tensors,
            weightFiles: good.weightFiles,
            carriedFiles: [.init(name: name, blob: FakeModel.blob("file"))])
        let bytes = try FakeModel.specification("steps: [rtn: ]", manifest: manifest).encoded()
        #expect(throws: PlanningError.self) { try JobSpecification(decoding: bytes) }
    }
}
