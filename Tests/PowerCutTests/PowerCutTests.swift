import Foundation
import Testing

@Suite(.enabled(if: Recorder.isPossible, "recording needs a C compiler"))
struct `A power cut` {
    /// How many images each workload is looked at with; more in `scripts/power-cut`.
    private static let images =
        ProcessInfo.processInfo.environment["SPOKESHAVE_POWER_CUT_IMAGES"].flatMap { Int($0) }
        ?? 120
    private static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["SPOKESHAVE_POWER_CUT_SEEDS"]
        .map { $0.split(separator: ",").compactMap { UInt64($0) } } ?? [1, 2]

    @Test(arguments: seeds)
    func `leaves every promise of the ledger and the blob store`(seed: UInt64) throws {
        let figures = try Campaign(seed: seed, steps: 60, images: Self.images).run()
        Report.add("workload \(seed)", figures)
        #expect(figures.isFlawless, "\(figures)")
        #expect(figures.images == Self.images)
    }

    @Test func `leaves every promise of blobs that come in chunks`() throws {
        let count = max(20, Self.images / 10)
        let figures = try Campaign(seed: 7, steps: 6, chunked: true, images: count).run()
        Report.add("chunked blob", figures)
        #expect(figures.isFlawless, "\(figures)")
    }

    @Test func `shows that acknowledged commits vanish with synchronous NORMAL`() throws {
        let figures = try Campaign(
            seed: 3, steps: 40, isRelaxed: true, images: 400, stopsAtFirst: Report.isBrief
        ).run()
        Report.add("planted: synchronous = NORMAL", figures)
        #expect(figures.lackingCommits > 0, "\(figures)")
    }

    @Test func `shows that acknowledged commits vanish when the log is not synced`() throws {
        let figures = try Campaign(
            seed: 3, steps: 40, ignoring: .log, images: 400, stopsAtFirst: Report.isBrief
        ).run()
        Report.add("planted: no sync of the log", figures)
        #expect(figures.lackingCommits > 0, "\(figures)")
    }

    @Test func `shows that blobs vanish when their folders are not synced`() throws {
        let figures = try Campaign(
            seed: 3, steps: 40, ignoring: .folders, images: 400, stopsAtFirst: Report.isBrief
        ).run()
        Report.add("planted: no sync of folders", figures)
        #expect(!figures.isFlawless, "\(figures)")
    }

    @Test func `shows that blobs are empty when they are not synced before their rename`()
        throws
    {
        let figures = try Campaign(
            seed: 3, steps: 40, ignoring: .blobFiles, images: 400, stopsAtFirst: Report.isBrief
        ).run()
        Report.add("planted: no sync of blobs", figures)
        #expect(figures.lackingBlobs > 0, "\(figures)")
    }
}

@Suite struct `A process started by a power-cut test` {
    @Test(.enabled(if: WorkloadOrder.ofThisProcess != nil, "it was not started by one"))
    func `follows its order`() throws {
        let order = try #require(WorkloadOrder.ofThisProcess)
        try Workload(order).run()
    }
}
