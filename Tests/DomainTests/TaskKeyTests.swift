import Domain
import Testing

/// What a key depends on, and what it must not depend on.
@Suite struct `A task's key` {
    private let blobs = ["a", "b"].map {
        BlobReference(digest: Digest(sha256Of: Array($0.utf8)), byteCount: 1)
    }

    private func task(
        name: String = "t", kind: String = "run_block", version: Int = 1,
        parameters: String = "{}", inputs: [String] = ["hidden", "weights"],
        outputs: [OutputDeclaration] = [OutputDeclaration("hidden", .transient)],
        stage: String = "calibrate", priority: Int = 0, flops: Double = 1
    ) -> TaskDescription {
        TaskDescription(
            name: TaskName(name), kind: kind, version: version,
            parameters: Array(parameters.utf8),
            inputs: inputs.map { TaskInput($0, .output(task: TaskName("p"), name: "o")) },
            outputs: outputs, stage: stage, priority: priority,
            cost: TaskCost(flops: flops, memoryBytesMax: 1, outputBytes: 1))
    }

    private var original: Digest { task().key(resolved: blobs) }

    @Test func `is the same for the same task`() {
        #expect(task().key(resolved: blobs) == original)
    }

    @Test func `changes with everything that the result depends on`() {
        let different = [
            task(kind: "run_blocks").key(resolved: blobs),
            task(version: 2).key(resolved: blobs),
            task(parameters: "{\"a\":1}").key(resolved: blobs),
            task(inputs: ["hidden", "weight"]).key(resolved: blobs),
            task(inputs: ["weights", "hidden"]).key(resolved: blobs),
            task(outputs: [OutputDeclaration("gram", .transient)]).key(resolved: blobs),
            task(outputs: []).key(resolved: blobs),
            task().key(resolved: blobs.reversed()),
            task().key(resolved: [blobs[0], blobs[0]]),
            task(inputs: ["hidden"]).key(resolved: [blobs[0]]),
        ]
        #expect(Set(different + [original]).count == different.count + 1)
    }

    @Test func `does not change with what the result does not depend on`() {
        #expect(task(name: "other").key(resolved: blobs) == original)
        #expect(task(stage: "solve").key(resolved: blobs) == original)
        #expect(task(priority: 9).key(resolved: blobs) == original)
        #expect(task(flops: 2).key(resolved: blobs) == original)
        let kept = task(outputs: [OutputDeclaration("hidden", .durable)])
        #expect(kept.key(resolved: blobs) == original)
        let longer = blobs.map { BlobReference(digest: $0.digest, byteCount: 2) }
        #expect(task().key(resolved: longer) == original)
    }

    @Test func `does not confuse a field's end with the next one's start`() {
        let left = task(kind: "a", parameters: "1\n{}")
        let right = task(kind: "a", parameters: "{}")
        #expect(left.key(resolved: blobs) != right.key(resolved: blobs))
    }
}
