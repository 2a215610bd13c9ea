import Domain
import Foundation
import Ledger
import Testing

@Suite struct `A ledger` {
    @Test(arguments: LedgerFixture.allCases)
    func `gives back jobs and their phases`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            try ledger.apply(Sample.beginning)
            let running = try #require(try ledger.job(Sample.job))
            #expect(running.submission == Sample.submission)
            #expect(running.phase == .running)
            #expect(running.submittedAtUnixMs == 10)
            try ledger.apply([.jobPhase(Sample.job, .failed, reason: "bad", unixMs: 20)])
            let failed = try ledger.jobs()
            #expect(failed.map(\.phase) == [.failed])
            #expect(failed.map(\.reason) == ["bad"])
            #expect(failed.map(\.endedAtUnixMs) == [20])
            #expect(try ledger.job(JobID("other")) == nil)
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `gives back tasks, results and measurements`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            let key = Sample.digest(2)
            try ledger.apply(Sample.beginning + [.attemptGranted(Sample.lease("a", 1), unixMs: 11)])
            #expect(try ledger.openAttempts(Sample.job) == [Sample.lease("a", 1)])
            #expect(try ledger.tasks(Sample.job, phase: .leased).map(\.name.description) == ["a"])
            // The order within a batch does not matter to the reference from task to result.
            try ledger.apply([
                .taskDone(Sample.task("a"), key: key, origin: .computed, unixMs: 12),
                .resultFound(key: key, kind: "solve", Sample.result),
                .inputsUsed(key: key, [BlobReference(digest: Sample.digest(5), byteCount: 6)]),
                .attemptEnded(
                    Sample.lease("a", 1), outcome: .done, failure: nil,
                    measurements: Sample.measurements, unixMs: 12),
            ])
            let found = try #require(try ledger.result(forKey: key))
            #expect(found.result == Sample.result)
            #expect(found.kind == "solve")
            #expect(found.measurements == Sample.measurements)
            #expect(try ledger.inputs(ofKey: key).map(\.byteCount) == [6])
            #expect(
                try ledger.doneTasks(Sample.job) == [
                    TaskName("a"): try #require(ledger.doneTasks(Sample.job)[TaskName("a")])
                ])
            #expect(try ledger.doneTasks(Sample.job)[TaskName("a")]?.key == key)
            #expect(try ledger.measurements(forTask: Sample.task("a")) == Sample.measurements)
            let record = try #require(try ledger.task(Sample.task("a")))
            #expect(record.phase == .done)
            #expect(record.origin == .computed)
            #expect(record.attempts == 1)
            #expect(record.lastOutcome == .done)
            #expect(record.worker == WorkerID("w"))
            #expect(record.facts == Sample.result.facts)
            #expect(try ledger.openAttempts(Sample.job).isEmpty)
            #expect(try ledger.tasks(Sample.job).map(\.name.description) == ["b", "a", "c"])
            #expect(try ledger.tasks(Sample.job, limit: 1, offset: 2).map(\.stage) == ["solve"])
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `forgets an invalid result until it is found again`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            let key = Sample.digest(2)
            try ledger.apply(
                Sample.beginning + [
                    .resultFound(key: key, kind: "solve", Sample.result),
                    .taskDone(Sample.task("a"), key: key, origin: .cached, unixMs: 12),
                ])
            try ledger.apply([.resultInvalid(key: key)])
            #expect(try ledger.result(forKey: key) == nil)
            #expect(try ledger.doneTasks(Sample.job).isEmpty)
            try ledger.apply([.resultFound(key: key, kind: "solve", Sample.result)])
            #expect(try ledger.result(forKey: key)?.measurements == nil)
            #expect(try ledger.doneTasks(Sample.job)[TaskName("a")]?.origin == .cached)
            try ledger.apply([.taskReopened(Sample.task("a"))])
            #expect(try ledger.task(Sample.task("a"))?.phase == .waiting)
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `gives back attempts, failures, stages and workers`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            let worker = WorkerRecord(
                id: WorkerID("w"), incarnation: .max, host: "h", slots: 2, memoryBytes: 3,
                lastSeenUnixMs: 4)
            try ledger.apply(
                Sample.beginning + [
                    .worker(worker), .attemptGranted(Sample.lease("c", 1), unixMs: 20),
                    .attemptGranted(Sample.lease("b", 4, "v"), unixMs: 19),
                    .attemptEnded(
                        Sample.lease("c", 1), outcome: .failed, failure: Sample.failure,
                        measurements: nil, unixMs: 21),
                    .taskFailed(Sample.task("c"), Sample.failure, unixMs: 22),
                ])
            #expect(try ledger.workers() == [worker])
            let attempts = try ledger.attempts(Sample.job)
            #expect(attempts.map(\.lease) == [Sample.lease("b", 4, "v"), Sample.lease("c", 1)])
            #expect(attempts.map(\.outcome) == [nil, .failed])
            #expect(attempts.last?.failure == Sample.failure)
            #expect(
                try ledger.highestAttempts(Sample.job) == [TaskName("b"): 4, TaskName("c"): 1])
            #expect(try ledger.failedTasks(Sample.job) == [TaskName("c"): Sample.failure])
            #expect(try ledger.tasks(Sample.job, phase: .failed).map(\.failure) == [Sample.failure])
            let stages = try ledger.stageCounts(Sample.job)
            #expect(stages.map(\.stage) == ["calibrate", "solve"])
            #expect(stages.map(\.total) == [1, 2])
            #expect(stages.map(\.leased) == [1, 0])
            #expect(stages.map(\.failed) == [0, 1])
            #expect(stages.map(\.done) == [0, 0])
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `applies all of a batch or none`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            let unknown = Sample.task("unknown")
            #expect(throws: LedgerError.unknownTask(unknown)) {
                try ledger.apply(
                    Sample.beginning + [.taskFailed(unknown, Sample.failure, unixMs: 1)])
            }
            #expect(try ledger.jobs().isEmpty)
            // A task may not be done by a result that is not there.
            try ledger.apply(Sample.beginning)
            #expect(throws: LedgerError.self) {
                try ledger.apply([
                    .taskDone(
                        Sample.task("a"), key: Sample.digest(3), origin: .computed, unixMs: 1)
                ])
            }
            #expect(try ledger.task(Sample.task("a"))?.phase == .waiting)
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `refuses what must not happen twice`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            let lease = Sample.lease("a", 1)
            let end = LedgerChange.attemptEnded(
                lease, outcome: .done, failure: nil, measurements: nil, unixMs: 3)
            try ledger.apply(Sample.beginning + [.attemptGranted(lease, unixMs: 1)])
            let twin = Sample.lease("a", 1, "another")
            #expect(throws: LedgerError.attemptExists(twin)) {
                try ledger.apply([.attemptGranted(twin, unixMs: 2)])
            }
            #expect(throws: LedgerError.unknownAttempt(twin)) {
                try ledger.apply([
                    .attemptEnded(
                        twin, outcome: .done, failure: nil, measurements: nil, unixMs: 3)
                ])
            }
            try ledger.apply([
                .attemptEnded(lease, outcome: .lost, failure: nil, measurements: nil, unixMs: 2)
            ])
            try ledger.apply([end])
            #expect(throws: LedgerError.attemptEnded(lease)) { try ledger.apply([end]) }
            #expect(throws: LedgerError.jobExists(Sample.job)) {
                try ledger.apply([Sample.beginning[0]])
            }
            #expect(throws: LedgerError.taskExists(Sample.task("b"))) {
                try ledger.apply([Sample.beginning[1]])
            }
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `takes a hundred thousand tasks in one batch`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            let tasks = (0..<100_000).map {
                TaskSummary(name: TaskName("t/\($0)"), kind: "k", stage: "s\($0 % 3)")
            }
            try ledger.apply([Sample.beginning[0], .tasksAdded(Sample.job, tasks)])
            let page = try ledger.tasks(Sample.job, limit: 100_000)
            #expect(page.map(\.name) == tasks.map(\.name))
            #expect(try ledger.stageCounts(Sample.job).map(\.total) == [33_334, 33_333, 33_333])
            #expect(try ledger.statistics().tasks == 100_000)
        }
    }
}
