import Domain
import Foundation
import Ledger
import Testing

@Suite struct `What a ledger remembers across a restart` {
    @Test(arguments: LedgerFixture.allCases)
    func `lists the troubles of open tasks with the hosts`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            let crash = TaskFailure(.crashed, "It crashed.")
            let worker = WorkerRecord(
                id: WorkerID("v"), incarnation: 1, host: "big", slots: 1, memoryBytes: 1,
                lastSeenUnixMs: 1)
            try ledger.apply(Sample.beginning + [.worker(worker)])
            try end("a", 1, "v", .failed, crash, ledger)
            try end("a", 2, "w", .lost, nil, ledger)
            try end("a", 3, "w", .unaccepted, nil, ledger)
            try end("a", 4, "v", .failed, Sample.failure, ledger)
            try end("b", 1, "v", .failed, crash, ledger)
            try ledger.apply([.taskFailed(Sample.task("b"), crash, unixMs: 3)])
            let troubles = try ledger.troubles(Sample.job)
            #expect(Array(troubles.keys) == [TaskName("a")])
            let found = try #require(troubles[TaskName("a")])
            #expect(found.map(\.attempt) == [1, 2, 4])
            #expect(found.map(\.host) == ["big", "w", "big"])
            #expect(found.map(\.outcome) == [.failed, .lost, .failed])
            #expect(found.map(\.failureClass) == [.crashed, .lostWorker, .lostInput])
            #expect(try ledger.troubles(JobID("other")).isEmpty)
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `lets a late end correct a lost and an unaccepted attempt`(
        fixture: LedgerFixture
    ) throws {
        try fixture.withLedger { ledger in
            try ledger.apply(Sample.beginning)
            for (number, provisional) in [(1, AttemptOutcome.lost), (2, .unaccepted)] {
                try end("a", number, "w", provisional, nil, ledger)
                try ledger.apply([ending(Sample.lease("a", number), .verified, nil)])
                #expect(throws: LedgerError.attemptEnded(Sample.lease("a", number))) {
                    try ledger.apply([ending(Sample.lease("a", number), .done, nil)])
                }
            }
            #expect(
                try ledger.attempts(of: Sample.task("a")).map(\.outcome) == [.verified, .verified])
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `refuses attempt numbers that do not rise`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            try ledger.apply(Sample.beginning)
            try ledger.apply([.attemptGranted(Sample.lease("a", 5), unixMs: 1)])
            for number in [4, 5] {
                let lease = Sample.lease("a", number)
                #expect(throws: LedgerError.attemptExists(lease)) {
                    try ledger.apply([.attemptGranted(lease, unixMs: 2)])
                }
            }
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `keeps small documents in the same batch`(fixture: LedgerFixture) throws {
        try fixture.withLedger { ledger in
            #expect(try ledger.document(named: "tokens") == nil)
            try ledger.apply(Sample.beginning + [.document(name: "tokens", [1, 2, 3])])
            #expect(try ledger.document(named: "tokens") == [1, 2, 3])
            // A batch that is refused leaves the document as it was.
            #expect(throws: LedgerError.jobExists(Sample.job)) {
                try ledger.apply([.document(name: "tokens", []), Sample.beginning[0]])
            }
            #expect(try ledger.document(named: "tokens") == [1, 2, 3])
            try ledger.apply([.document(name: "tokens", [])])
            #expect(try ledger.document(named: "tokens") == [])
            try ledger.apply([.document(name: "tokens", nil)])
            #expect(try ledger.document(named: "tokens") == nil)
        }
    }

    @Test func `bounds documents and their names`() throws {
        let ledger = try Ledger(inMemory: ())
        let longest = [UInt8](repeating: 7, count: LedgerDocument.bytesMax)
        let name = String(repeating: "n", count: LedgerDocument.nameBytesMax)
        try ledger.apply([.document(name: name, longest)])
        #expect(try ledger.document(named: name) == longest)
        #expect(throws: LedgerError.badDocument(name: name, byteCount: longest.count + 1)) {
            try ledger.apply([.document(name: name, longest + [7])])
        }
        for bad in ["", name + "n"] {
            #expect(throws: LedgerError.badDocument(name: bad, byteCount: 0)) {
                try ledger.apply([.document(name: bad, [])])
            }
        }
    }

    @Test(arguments: LedgerFixture.allCases)
    func `prunes jobs that were over long ago, a few tasks at a time`(
        fixture: LedgerFixture
    ) throws {
        try fixture.withLedger { ledger in
            let key = Sample.digest(2)
            try ledger.apply(
                Sample.beginning + [
                    .resultFound(key: key, kind: "solve", Sample.result),
                    .taskDone(Sample.task("a"), key: key, origin: .cached, unixMs: 1),
                    .taskFailed(Sample.task("b"), Sample.failure, unixMs: 1),
                    .jobAdded(JobID("j-2"), Sample.submission, submittedAtUnixMs: 1),
                ])
            try end("c", 1, "w", .lost, nil, ledger)
            #expect(try ledger.prune(jobsEndedBeforeUnixMs: 1_000) == 0)
            try ledger.apply([.jobPhase(Sample.job, .failed, reason: "bad", unixMs: 500)])
            #expect(try ledger.prune(jobsEndedBeforeUnixMs: 500) == 0)
            #expect(try ledger.prune(jobsEndedBeforeUnixMs: 501, tasks: 2) == 2)
            #expect(try ledger.jobs().count == 2)
            #expect(try ledger.prune(jobsEndedBeforeUnixMs: 501, tasks: 2) == 2)
            #expect(try ledger.prune(jobsEndedBeforeUnixMs: 501, tasks: 2) == 0)
            #expect(try ledger.jobs().map(\.id) == [JobID("j-2")])
            #expect(try ledger.result(forKey: key) != nil)
            let size = try ledger.statistics()
            #expect(size.tasks == 0)
            #expect(size.attempts == 0)
        }
    }

    private func end(
        _ task: String, _ number: Int, _ worker: String, _ outcome: AttemptOutcome,
        _ failure: TaskFailure?, _ ledger: Ledger
    ) throws {
        let lease = Sample.lease(task, number, worker)
        try ledger.apply([
            .attemptGranted(lease, unixMs: 1), ending(lease, outcome, failure),
        ])
    }

    private func ending(
        _ lease: LeaseToken, _ outcome: AttemptOutcome, _ failure: TaskFailure?
    ) -> LedgerChange {
        .attemptEnded(lease, outcome: outcome, failure: failure, measurements: nil, unixMs: 2)
    }
}
