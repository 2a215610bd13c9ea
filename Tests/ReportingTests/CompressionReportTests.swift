import Domain
import Reporting
import Testing

@Suite struct `Compression report` {
    private typealias Finished = (status: TaskStatus, outputs: [TaskOutput])

    private func digest(_ name: String) -> Digest { Digest(sha256Of: Array(name.utf8)) }

    private func task(
        _ name: String, _ kind: String, seconds: Double, facts: (any Encodable)? = nil,
        output: String? = nil
    ) throws -> Finished {
        let text = try facts.map { String(decoding: try CanonicalJSON.encode($0), as: UTF8.self) }
        let status = TaskStatus(
            name: TaskName(name), kind: kind, stage: "x", phase: .done, origin: .computed,
            attempts: 1, worker: "w", seconds: seconds, peakBytes: Int(seconds * 100),
            facts: text, failure: nil)
        let outputs = output.map {
            [TaskOutput(name: $0, blob: BlobReference(digest: digest(name), byteCount: 4))]
        }
        return (status, outputs ?? [])
    }

    private func layer(
        _ name: String, error: Double?, heldOut: Double?, sparsity: Double = 0,
        bits: Double? = 4, outputs: Int = 10
    ) -> LayerFacts {
        LayerFacts(
            layer: name, method: "gptq", outputs: outputs, inputs: 10, error: error,
            heldOutError: heldOut, sparsity: sparsity, bitsPerWeight: bits, damping: 0.01,
            deadColumns: 0)
    }

    private func status(_ elapsed: Double) -> JobStatus {
        JobStatus(
            job: JobID("j\(elapsed)"), title: "m", phase: .finished, reason: nil, stages: [],
            layersDone: 2, layersTotal: 2, worstLayer: nil, elapsedSeconds: elapsed,
            remainingSeconds: nil, recomputed: Int(elapsed), retries: 1, alarms: [],
            submission: JobSubmission(
                title: "m",
                specification: BlobReference(digest: digest("s"), byteCount: 1)))
    }

    private func tasks(speed: Double, bits: Double? = 8) throws -> [Finished] {
        [
            try task(
                "tokens", TaskNames.prepareTokens, seconds: speed,
                facts: TokenFacts(tokens: 99, windows: 3, heldOut: 1), output: "tokens"),
            try task(
                "block.000/compress/a", TaskNames.compressLayer, seconds: 2 * speed,
                facts: layer("a", error: 0.1, heldOut: 0.3, sparsity: 0.5), output: "weight"),
            try task(
                "block.001/compress/b", TaskNames.compressLayer, seconds: 3 * speed,
                facts: layer("b", error: 0.2, heldOut: 0.25, bits: bits, outputs: 30),
                output: "weight"),
            try task(
                "assemble/model.safetensors", TaskNames.assembleShard, seconds: speed,
                output: "file"),
            try task("embed/000", TaskNames.embedTokens, seconds: speed),
        ]
    }

    private func report(
        _ tasks: [Finished], elapsed: Double = 5,
        stated: [String: CompressionReport.StatedCost] = [:]
    ) throws -> CompressionReport {
        try CompressionReport(
            status: status(elapsed), tasks: tasks, model: "m", recipe: "steps: []",
            specification: digest("s"), software: "0", cores: ["Zen"],
            stated: stated)
    }

    @Test func `puts the tasks of a job together`() throws {
        let report = try report(try tasks(speed: 1))
        #expect(report.calibration == TokenFacts(tokens: 99, windows: 3, heldOut: 1))
        #expect(report.files == ["model.safetensors": digest("assemble/model.safetensors")])
        #expect(report.layers.map(\.facts.layer) == ["a", "b"])
        #expect(
            report.layers.map(\.weight) == [
                digest("block.000/compress/a"), digest("block.001/compress/b"),
            ])
        let summary = report.summary
        #expect(summary.layers == 2)
        #expect(summary.weights == 400)
        #expect(abs((summary.meanError ?? 0) - 0.15) < 1e-12)
        #expect(abs((summary.meanHeldOutError ?? 0) - 0.275) < 1e-12)
        // The worst by what was held out, although b is worse on the calibration samples.
        #expect(summary.worstLayer == "a")
        #expect(abs(summary.sparsity - 0.125) < 1e-12)
        #expect(abs((summary.bitsPerWeight ?? 0) - 7) < 1e-12)
    }

    @Test func `measures tasks of a group together, and only those that were computed`() throws {
        var tasks = try tasks(speed: 1)
        tasks.append(try task("embed/001", TaskNames.embedTokens, seconds: 3))
        let (cached, outputs) = try task("embed/002", TaskNames.embedTokens, seconds: 50)
        let status = TaskStatus(
            name: cached.name, kind: cached.kind, stage: cached.stage, phase: .done,
            origin: .cached, attempts: 0, worker: nil, seconds: cached.seconds, peakBytes: nil,
            facts: nil, failure: nil)
        tasks.append((status, outputs))
        let groups = try report(tasks).measured.groups
        #expect(groups["embed/*"]?.tasks == 2)
        #expect(groups["embed/*"]?.seconds == 4)
        #expect(groups["block.*/compress/a"]?.seconds == 2)
    }

    @Test func `says what the computed part of a group stated`() throws {
        let stated = [
            "embed/*": CompressionReport.StatedCost(tasks: 4, flops: 80, memoryBytesMax: 9),
            "none/*": CompressionReport.StatedCost(tasks: 1, flops: 1, memoryBytesMax: 1),
        ]
        let groups = try report(try tasks(speed: 1), stated: stated).measured.groups
        let embed = try #require(groups["embed/*"])
        #expect(embed.tasks == 1)
        #expect(embed.flops == 20)
        #expect(embed.flopsPerSecond == 20 / embed.seconds)
        #expect(embed.statedBytes == 9)
        #expect(groups["none/*"] == nil)
        #expect(groups["block.*/compress/a"]?.flops == 0)
    }

    @Test func `measures the run`() throws {
        let measured = try report(try tasks(speed: 2)).measured
        #expect(measured.computeSeconds == 16)
        #expect(measured.peakBytes == 600)
        #expect(measured.elapsedSeconds == 5)
        #expect(measured.recomputedTasks == 5)
        #expect(measured.retriedAttempts == 1)
        #expect(measured.layers["b"]?.seconds == 6)
        #expect(measured.layers["b"]?.peakBytes == 600)
    }

    @Test func `differs between runs in the measured part only`() throws {
        let one = try report(try tasks(speed: 1))
        let two = try report(try tasks(speed: 7).reversed(), elapsed: 9)
        #expect(one.measured != two.measured)
        #expect(one.layers == two.layers)
        #expect(one.summary == two.summary)
        #expect(one.files == two.files)
        #expect(one.calibration == two.calibration)
        #expect(one.specification == two.specification)
    }

    @Test func `has no mean where nothing was measured`() throws {
        let only = try task(
            "block.000/compress/a", TaskNames.compressLayer, seconds: 1,
            facts: layer("a", error: nil, heldOut: nil, bits: nil), output: "weight")
        let summary = try report([only]).summary
        #expect(summary.meanError == nil && summary.meanHeldOutError == nil)
        #expect(summary.worstLayer == nil && summary.bitsPerWeight == nil)
        let empty = try report([]).summary
        #expect(empty.layers == 0 && empty.sparsity == 0 && empty.bitsPerWeight == nil)
    }

    @Test func `averages bits only when every layer has them`() throws {
        #expect(try report(try tasks(speed: 1, bits: nil)).summary.bitsPerWeight == nil)
    }

    @Test func `reads back from its file`() throws {
        let report = try report(try tasks(speed: 1))
        let bytes = try CanonicalJSON.encode(report)
        #expect(try CanonicalJSON.decode(CompressionReport.self, from: bytes) == report)
    }

    @Test func `refuses facts that cannot be read`() throws {
        let broken = try task(
            "block.000/compress/a", TaskNames.compressLayer, seconds: 1, output: "weight")
        #expect(throws: (any Error).self) { try report([broken]) }
    }
}
