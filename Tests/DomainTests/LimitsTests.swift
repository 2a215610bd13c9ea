import Domain
import Testing

/// Bounds that `Domain` itself keeps, at the bound and one over; and how they fit together.
@Suite struct `The limits` {
    @Test(arguments: [Limits.failureTextBytesMax, Limits.failureTextBytesMax + 1, 100_000])
    func `cut a failure's text`(count: Int) {
        let failure = TaskFailure(.crashed, String(repeating: "x", count: count))
        #expect(failure.text.utf8.count == Limits.failureTextBytesMax)
    }

    @Test(arguments: ["", "a", "ab", "abc"])
    func `cut a failure's text between characters`(prefix: String) {
        // Four bytes each: three of the four prefixes put the bound inside a character.
        let text = prefix + String(repeating: "🪵", count: Limits.failureTextBytesMax)
        let cut = TaskFailure(.crashed, text).text
        #expect(cut.utf8.count <= Limits.failureTextBytesMax)
        #expect(text.hasPrefix(cut))
    }

    @Test func `leave a short text as it is`() {
        #expect(TaskFailure(.crashed, "ü").text == "ü")
    }

    @Test func `allow parameters and inputs at the bound`() {
        let inputs = (0..<Limits.slotsPerTaskMax).map {
            TaskInput("i\($0)", .output(task: TaskName("t"), name: "o"))
        }
        let task = describe(parameters: Limits.parameterBytesMax, inputs: inputs)
        #expect(task.inputs.count == Limits.slotsPerTaskMax)
    }

    @Test func `trap on parameters one over the bound`() async {
        await #expect(processExitsWith: .failure) {
            _ = describe(parameters: Limits.parameterBytesMax + 1, inputs: [])
        }
    }

    @Test func `trap on inputs one over the bound`() async {
        await #expect(processExitsWith: .failure) {
            let input = TaskInput("i", .output(task: TaskName("t"), name: "o"))
            let inputs = Array(repeating: input, count: Limits.slotsPerTaskMax + 1)
            _ = describe(parameters: 0, inputs: inputs)
        }
    }

    @Test func `trap on an empty name and a negative length`() async {
        await #expect(processExitsWith: .failure) { _ = TaskName("") }
        await #expect(processExitsWith: .failure) {
            _ = BlobReference(digest: Digest(sha256Of: []), byteCount: -1)
        }
    }

    @Test func `fit together`() {
        // A page of digests, a task's facts and its parameters each fit a control message.
        #expect(Limits.digestsPerMessageMax * 36 < Limits.controlMessageBytes)
        #expect(Limits.factsBytesMax + Limits.parameterBytesMax < Limits.controlMessageBytes)
        #expect(Limits.dataMessageBytes > Limits.chunkBytes)
        #expect(Limits.blobBytesMax % Limits.chunkBytes == 0)
        // A lease survives several lost beats; a parked request is answered before it expires.
        #expect(Limits.leaseMilliseconds >= 4 * Limits.beatMilliseconds)
        #expect(Limits.pollMilliseconds < Limits.leaseMilliseconds)
        #expect(Limits.reconnectMilliseconds < Limits.leaseMilliseconds)
    }
}

/// A description with so many bytes of parameters.
private func describe(parameters: Int, inputs: [TaskInput]) -> TaskDescription {
    TaskDescription(
        name: TaskName("t"), kind: "k", version: 1,
        parameters: [UInt8](repeating: 0, count: parameters), inputs: inputs, outputs: [],
        stage: "s", priority: 0, cost: TaskCost(flops: 0, memoryBytesMax: 0, outputBytes: 0))
}
