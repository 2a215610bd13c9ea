import Domain
import Scheduling
import Testing

@Suite struct Explanations {
    @Test func `strangers are not explained`() {
        let script = Script()
        let id = TaskID(job: JobID("job"), name: TaskName("a"))
        #expect(script.scheduler.explain(id) == nil)
    }

    @Test func `a task names the producer that it waits for`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"]), task("idle")], roots: ["b"])
        #expect(script.explain("b").contains("Input from a waits for task a, which is ready."))
        #expect(script.explain("idle").contains("does not run"))
        script.join("w0")
        let token = try #require(script.ask("w0"))
        #expect(script.explain("b").contains("which is running on w0"))
        #expect(script.explain("a").contains("Worker w0 runs it as attempt 1"))
        #expect(script.explain("a").contains("not confirmed yet"))
        _ = script.beat("w0", running: [token])
        #expect(!script.explain("a").contains("not confirmed yet"))
        script.complete(token)
        #expect(script.explain("a").contains("Worker w0 computed it."))
    }

    @Test func `a ready task says why no worker has it`() throws {
        let script = Script()
        script.submit([task("a", memory: 500), task("z", memory: 1)], roots: ["a", "z"])
        #expect(script.explain("a").contains("no worker has joined"))
        script.join("small", memory: 400)
        script.join("leaving")
        script.tell(.drainWorker(WorkerID("leaving")))
        script.join("gone")
        script.tell(.workerDisconnected(WorkerID("gone")))
        script.join("idle")
        let text = script.explain("a")
        #expect(text.contains("Worker small is too small: it has 400 bytes per slot of 500."))
        #expect(text.contains("Worker leaving is being drained."))
        #expect(text.contains("Worker gone lost its connection"))
        #expect(text.contains("Worker idle suits and has a free slot"))
        script.tell(.drainWorker(WorkerID("idle")))
        script.wait(Limits.reconnectMilliseconds + 1)
        #expect(script.explain("a").contains("Worker gone is gone."))
    }

    @Test func `a busy worker and a benched one are named`() throws {
        let script = Script()
        script.submit([task("a"), task("b")], roots: ["a", "b"])
        script.join("w0", host: "h0")
        script.join("w1", host: "h0")
        script.join("far", host: "h1")
        _ = try #require(script.ask("far"))
        let token = try #require(script.ask("w0"))
        script.fail(token, .crashed)
        let text = script.explain(token.task.name.description)
        #expect(text.contains("Worker w0 is benched, because it failed there"))
        #expect(text.contains("Worker w1 is benched, because it failed on the same host"))
        #expect(text.contains("Worker far suits, but all of its 1 slots are taken."))
        #expect(text.contains("Attempt 1 crashed on worker w0 of host h0."))
    }

    @Test func `a task whose input's bytes are gone says which`() throws {
        let script = Script()
        script.submit([task("a"), task("b", after: ["a"])], roots: ["b"])
        script.join("w0")
        script.complete(try #require(script.ask("w0")))
        script.tell(.workerDisconnected(WorkerID("w0")))
        script.wait(Limits.reconnectMilliseconds + 1)
        let text = script.explain("b")
        #expect(text.contains("blob \(Script.digest("a").short)"))
        #expect(text.contains("(w0)"))
        #expect(text.contains("its producer a is to run again and is ready"))
    }

    @Test func `a task that pauses says until when`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"])
        script.join("w0")
        script.fail(try #require(script.ask("w0")), .environment)
        #expect(script.explain("a").contains("pauses until +0."))
    }

    @Test func `the second of a key names the first`() throws {
        let script = Script()
        script.submit([task("a")], roots: ["a"], as: "first")
        script.submit([task("a")], roots: ["a"])
        #expect(script.explain("a").contains("Task first:a has the same key"))
    }
}
