import Foundation
import Testing

extension `The built program` {
    @Suite struct `Slow: doing it again` {
        @Test func `the same command finishes from cached results with the same bytes`()
            async throws
        {
            try await Workbench.with { bench in
                let recipe = Example.recipe()
                let first = try await compress(recipe, "first", on: bench)
                let second = try await compress(recipe, "second", on: bench)
                first.expectEqual(second)
                #expect(first.stages["compress"]?.cached == 0)
                second.expectAllFromCache()
                #expect(second.stages.mapValues(\.total) == first.stages.mapValues(\.total))
                try await expectStatements(of: "first", on: bench)
            }
        }

        /// Every task of the run took at most what it had stated, and a tenth.
        private func expectStatements(of name: String, on bench: Workbench) async throws {
            let report = bench.path(name) + "/" + OutputFolder.reportName
            let inspect = [
                "inspect", Example.model, "--recipe", bench.path("\(name).yaml"), "--report",
            ]
            let facts = try Facts(
                try await Program.succeed(inspect + [report, "--json"], on: bench))
            #expect(facts["stages"].list.count > 10)
            for stage in facts["stages"].list {
                let peak = try #require(stage["peakBytes"].number)
                let stated = try #require(stage["statedBytes"].number)
                #expect(peak <= 1.1 * stated, "\(stage["tasks"].text ?? "")")
            }
            let refused = try await Program.run(
                inspect + [bench.path("\(name).yaml")], on: bench)
            #expect(refused.status == 3, "\(refused.story)")
            #expect(refused.complaint.contains("report"))
        }

        @Test func `another number of bits reuses the whole calibration`() async throws {
            try await Workbench.with { bench in
                let four = Example.recipe(bits: 4, inputs: "dense")
                let three = Example.recipe(bits: 3, inputs: "dense")
                _ = try await compress(four, "four", on: bench)
                let output = try await compress(three, "three", on: bench)
                let counts = output.stages
                for name in ["tokenize", "embed", "calibrate", "reduce", "factor"] {
                    let count = try #require(counts[name], "there is no stage \(name)")
                    #expect(count.total > 0)
                    #expect(count.cached == count.total, "\(name) was computed again")
                }
                #expect(counts["compress"]?.cached == 0)
                #expect(counts["compress"]?.total == 28)
                // Nor does a calibration task run again because its bytes were not kept.
                #expect(output.report["measured"]["recomputedTasks"].integer == 0)
                // Nothing came from the cache that should not have: a fresh folder says the same.
                let fresh = try await compress(three, "fresh", data: "fresh-data", on: bench)
                output.expectEqual(fresh)
            }
        }

        private func compress(
            _ recipe: String, _ name: String, data: String = "data", on bench: Workbench
        ) async throws -> OutputFolder {
            let file = try bench.write(recipe, as: "\(name).yaml")
            let printed = try await Program.succeed(
                [
                    "compress", Example.model, "--recipe", file, "--out", bench.path(name),
                    "--workers", "2", "--data-dir", bench.path(data), "--quiet", "--json",
                ], on: bench)
            let output = try OutputFolder(bench.path(name))
            // What `--json` prints is the report.
            #expect(try Facts(printed) == output.report)
            return output
        }
    }
}
