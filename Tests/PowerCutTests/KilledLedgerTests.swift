import Domain
import Foundation
import Glibc
import Testing

@testable import Ledger

@Suite struct `A process that is killed at work` {
    @Test func `leaves every acknowledged commit, and no attempt number comes twice`() throws {
        try Campaign.withFolder { folder in
            let work = folder.appendingPathComponent("work")
            try FileManager.default.createDirectory(at: work, withIntermediateDirectories: false)
            var order = WorkloadOrder(folder: work.path, seed: 5, steps: 2_000)
            let plan = order.plan
            let digests = BlobDigests(plan)
            var random = SplitMix(seed: 5)
            var endings: [Recorder.Ending] = []
            for _ in 0..<6 {
                order.killedAfter = UInt32(1_000 + random.below(200_000))
                endings.append(try Recorder.run(order))
                // Looking is a start of its own, which makes the epochs grow.
                let found = ImageInspection(
                    folder: work, plan: plan, digests: digests,
                    promises: try Self.promises(work)
                ).complaints()
                #expect(found.isEmpty, "\(found)")
            }
            #expect(endings.contains(.killed))
            let ledger = try Ledger(file: work.appendingPathComponent("ledger.db"))
            try ledger.checkIntegrity()
            #expect(ledger.epoch > 12)
            #expect(!ledger.term.isRestored)
        }
    }

    /// What the marks of all processes together promise.
    private static func promises(_ work: URL) throws -> Promises {
        let path = work.path + RecordedOperation.marksName
        var promises = Promises()
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            promises.hear(String(line))
        }
        return promises
    }
}
