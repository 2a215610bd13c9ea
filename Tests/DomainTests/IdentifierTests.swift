import Domain
import Testing

@Suite struct `Identifiers` {
    private func token(_ name: String, _ attempt: Int) -> LeaseToken {
        LeaseToken(
            task: TaskID(job: JobID("j"), name: TaskName(name)), attempt: attempt,
            worker: WorkerID("w"))
    }

    @Test func `order tasks by job, then by name`() {
        let ids = [("a", "y"), ("b", "a"), ("a", "x")].map {
            TaskID(job: JobID($0.0), name: TaskName($0.1))
        }
        #expect(ids.sorted().map(\.description) == ["a:x", "a:y", "b:a"])
    }

    @Test func `order leases by task, then by attempt`() {
        let tokens = [token("b", 1), token("a", 10), token("a", 9)]
        #expect(tokens.sorted().map(\.description) == ["j:a#9@w", "j:a#10@w", "j:b#1@w"])
    }

    @Test func `tell moments apart by the millisecond`() {
        let start = Moment(milliseconds: 0)
        #expect(start < start + 1)
        #expect((start + 12_345).description == "+12.345 s")
    }

    @Test func `say which phases of a job are the last`() {
        #expect(JobPhase.allCases.filter { !$0.isOver } == [.running])
    }

    @Test func `find a result's blob by its name`() {
        let blob = BlobReference(digest: Digest(sha256Of: []), byteCount: 0)
        let result = TaskResult(outputs: [TaskOutput(name: "a", blob: blob)], facts: [])
        #expect(result.blob(named: "a") == blob)
        #expect(result.blob(named: "b") == nil)
    }

    @Test(arguments: [
        ("block.003/to.1/017", "block.*/to.1/*"), ("embed/003", "embed/*"),
        (
            "block.003/compress/model.layers.3.self_attn.q_proj",
            "block.*/compress/model.layers.*.self_attn.q_proj"
        ),
        ("block.012/gram/down_input.held-out", "block.*/gram/down_input.held-out"),
        ("tokens", "tokens"), ("/1//", "/*//"),
    ])
    func `tasks of a group have one name`(_ name: String, _ group: String) {
        #expect(TaskName(name).group == group)
    }
}
