import Foundation
import Testing

extension `The built program` {
    @Suite struct `Slow: separate processes` {
        @Test func `a coordinator and three workers give the bytes of one local worker`()
            async throws
        {
            let reference = try await OutputFolder.reference()
            try await Workbench.with { bench in
                let cluster = try await RunningCluster(on: bench)
                for index in 0..<3 { try cluster.startWorker(index) }
                try await cluster.waitForWorkers(3)
                let job = try await cluster.submit(Example.longRecipe)
                let output = try await cluster.fetch(job)
                reference.expectEqual(output)
                try await expectEverybodyWorked(cluster, job)
                try await expectFactsDecode(cluster, job)
            }
        }

        private func expectEverybodyWorked(
            _ cluster: RunningCluster, _ job: String
        ) async throws {
            let tasks = try await cluster.tasks(job)
            #expect(tasks.allSatisfy { $0["phase"].text == "done" })
            #expect(tasks.allSatisfy { $0["origin"].text == "computed" })
            #expect(Set(tasks.compactMap { $0["worker"].text }).count == 3)
        }

        private func expectFactsDecode(_ cluster: RunningCluster, _ job: String) async throws {
            let status = try await cluster.status(job)
            #expect(status["job"].text == job)
            #expect(status["phase"].text == "finished")
            #expect(status["layersDone"].integer == 28)
            let jobs = try Facts(try await cluster.command(["status", "--json"])).list
            #expect(jobs.compactMap { $0["job"].text } == [job])
            let workers = try Facts(try await cluster.command(["workers", "--json"])).list
            #expect(workers.count == 3)
            #expect(workers.allSatisfy { $0["isConnected"].boolean == true })
            #expect(workers.allSatisfy { ($0["anonymousBytes"].integer ?? 0) > 0 })
            let table = try await cluster.command(["tasks", job])
            #expect(table.contains("assemble/model.safetensors"))
        }

        @Test func `a cancelled job stops, says so, and does not hinder the next`() async throws {
            try await Workbench.with { bench in
                let cluster = try await RunningCluster(on: bench)
                try cluster.startWorker(0)
                let job = try await cluster.submit(Example.longRecipe)
                try await cluster.waitUntilDone(3, of: job)
                _ = try await cluster.command(["cancel", job])
                let watched = try await Program.run(
                    ["status", job, "--watch", "--coordinator", cluster.address], on: bench)
                #expect(watched.status == 7, "\(watched.story)")
                let fetched = try await Program.run(
                    [
                        "fetch", job, "--out", bench.path("cancelled"), "--coordinator",
                        cluster.address,
                    ], on: bench)
                #expect(fetched.status == 7, "\(fetched.story)")
                #expect(!bench.has("cancelled"))
                let next = try await cluster.submit(Example.recipe())
                _ = try await cluster.fetch(next)
            }
        }

        @Test func `perplexity does not depend on who computes it`() async throws {
            try await Workbench.with { bench in
                let one = try await evaluate(["--workers", "1"], "one", on: bench)
                let two = try await evaluate(["--workers", "2"], "two", on: bench)
                let cluster = try await RunningCluster(on: bench)
                for index in 0..<2 { try cluster.startWorker(index) }
                let remote = try await evaluate(
                    ["--coordinator", cluster.address], "unused", on: bench)
                #expect(one.contains("\"perplexity\""))
                #expect(one == two)
                #expect(one == remote)
                let facts = try Facts(one)
                #expect(facts["tokens"].integer == 40 * 255)
                let nats = try #require(facts["nats_per_token"].number)
                #expect(abs(exp(nats) - (facts["perplexity"].number ?? 0)) < 1e-6)
                #expect((facts["standard_error"].number ?? 0) > 0)
            }
        }

        private func evaluate(
            _ place: [String], _ data: String, on bench: Workbench
        ) async throws -> String {
            try await Program.succeed(
                [
                    "eval", Example.model, "--text", Example.evaluationText, "--length", "256",
                    "--windows", "40", "--json", "--quiet", "--data-dir", bench.path(data),
                ] + place, on: bench)
        }
    }
}
