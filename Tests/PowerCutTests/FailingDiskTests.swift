import Foundation
import Testing

@Suite(.enabled(if: Recorder.isPossible, "failing calls need a C compiler"))
struct `A disk that fails` {
    @Test(arguments: [
        ("sync 40 5 ledger.db-wal", true), ("write 400 5 ledger.db-wal", true),
        ("write 400 28 ledger.db-wal", false),
    ])
    func `stops the ledger for good unless it is only full`(
        fault: String, isFinal: Bool
    ) throws {
        try Campaign.withFolder { folder in
            let work = folder.appendingPathComponent("work")
            try FileManager.default.createDirectory(at: work, withIntermediateDirectories: false)
            var order = WorkloadOrder(folder: work.path, seed: 9, steps: 60)
            order.changesOnly = true
            order.fault = fault
            let operations = try Recorder(in: folder).record(
                order, log: folder.appendingPathComponent("log"))
            var promises = Promises()
            var lines: [String] = []
            for case .mark(let text) in operations {
                promises.hear(text)
                lines.append(text.trimmingCharacters(in: .newlines))
            }
            // The workload applies the same batch again and says what it hears.
            let heard = lines.filter { $0.hasPrefix("refused") }
            #expect(heard == Array(repeating: "refused \(isFinal ? "final" : "for-now")", count: 3))
            #expect(promises.done > 0)
            let found = ImageInspection(
                folder: work, plan: order.plan, digests: BlobDigests(order.plan),
                promises: promises
            ).complaints()
            #expect(found.isEmpty, "\(found)")
        }
    }
}
