import Domain
import Planning
import Testing

@Suite struct `Output formats` {
    private static let calibration =
        "calibration: { tokens: a.npy, samples: 40, length: 512, held_out: 20, seed: 5 }\n"

    private func specification(
        _ formats: String, _ steps: String = "steps: [gptq: ]\n", files: Int = 1
    ) throws -> JobSpecification {
        try FakeModel.specification(
            Self.calibration + "formats: \(formats)\n" + steps,
            manifest: FakeModel.manifest(files: files))
    }

    private func refusal(_ formats: String, _ steps: String) -> String {
        do {
            _ = try specification(formats, steps).makeDriver()
            return "accepted"
        } catch { return "\(error)" }
    }

    @Test func `are dense unless the recipe says otherwise`() throws {
        #expect(try Recipe(yaml: "steps: [rtn: ]\n").outputFormats == [.dense])
        let named = try Recipe(yaml: "formats: [gptq, dense, gptq]\nsteps: [rtn: ]\n")
        #expect(named.outputFormats == [.gptq, .dense])
        #expect(named.writing([.compressedTensors]).outputFormats == [.compressedTensors])
        let error = #expect(throws: PlanningError.self) {
            try Recipe(yaml: "formats: [zip]\nsteps: [rtn: ]\n")
        }
        #expect("\(String(describing: error))".contains("compressed-tensors"))
    }

    @Test func `leave the tasks of a dense job as they are`() throws {
        let plain = try Plan(
            FakeModel.specification(Self.calibration + "steps: [gptq: ]\n"))
        #expect(try Plan(specification("[dense]")).tasks == plain.tasks)
    }

    @Test func `give a layer's task an output for each tensor`() throws {
        let plan = try Plan(specification("[compressed-tensors, gptq_v2, dense]"))
        for task in plan.tasks(TaskNames.compressLayer) {
            let names = task.outputs.map(\.name)
            #expect(names.first == "weight")
            #expect(names.count == 1 + 4 + 4, "codes, scales, zeros and shape or index")
            #expect(Set(names).count == names.count)
            #expect(task.outputs.allSatisfy { $0.retention == .durable })
        }
        let files = plan.tasks(TaskNames.assembleShard)
        #expect(files.count == 3)
        #expect(Set(files.map(\.name)).count == 3)
        let dense = try #require(files.first { $0.name.description.hasPrefix("assemble/") })
        #expect(dense.inputs.allSatisfy { !$0.name.contains("qweight") })
    }

    @Test func `are refused where they cannot hold the layers`() {
        let pruned = refusal("[compressed-tensors]", "steps: [wanda: ]\n")
        #expect(pruned.contains("quantises"))
        let sorted = refusal(
            "[compressed-tensors]", "steps: [gptq: { act_order: true, group_size: 64 }]\n")
        #expect(sorted.contains("sorted columns"))
        #expect(refusal("[gptq_v2]", "steps: [gptq: { act_order: true, group_size: 64 }]\n")
            == "accepted")
        let five = refusal("[gptq]", "steps: [gptq: { bits: 5 }]\n")
        #expect(five.contains("2, 3, 4 and 8 bits"))
        let mixed = refusal(
            "[compressed-tensors]",
            "steps:\n  - gptq: { bits: 4 }\n    targets: [q_proj]\n"
                + "  - gptq: { bits: 8 }\n    targets: [k_proj, v_proj]\n")
        #expect(mixed.contains("one scheme"))
    }

    @Test func `bring the files that loaders look for`() throws {
        let files = try FormatFiles(
            specification("[compressed-tensors, gptq, dense]", files: 2), software: "test:1")
        #expect(files.formats == [.compressedTensors, .gptq, .dense])
        #expect(try files.files(in: .dense).isEmpty)
        let packed = try files.files(in: .compressedTensors)
        #expect(packed.map(\.name) == ["config.json"])
        let text = String(decoding: try #require(packed.first).bytes, as: UTF8.self)
        #expect(text.contains("pack-quantized") && text.contains("\"lm_head\""))
        let gptq = try files.files(in: .gptq)
        #expect(gptq.map(\.name) == ["config.json", "quantize_config.json"])
        #expect(files.weightFiles(in: .gptq).count == 2)
        let tasks = Set(try Plan(specification("[compressed-tensors, gptq, dense]", files: 2))
            .tasks(TaskNames.assembleShard).map(\.name))
        for format in files.formats {
            for file in files.weightFiles(in: format) { #expect(tasks.contains(file.task)) }
        }
    }
}
