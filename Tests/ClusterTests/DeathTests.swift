import Foundation
import Testing

extension `The built program` {
    @Suite struct `Slow: death` {
        @Test func `a worker killed twice and a killed coordinator change nothing`()
            async throws
        {
            let reference = try await OutputFolder.reference()
            try await Workbench.with { bench in
                let cluster = try await RunningCluster(on: bench)
                for index in 0..<2 { try cluster.startWorker(index) }
                let names = try await cluster.waitForWorkers(2)
                let job = try await cluster.submit(Example.longRecipe)
                for done in [8, 20] {
                    try await cluster.waitUntilDone(done, of: job)
                    await cluster.killWorker(0)
                    try cluster.startWorker(0)
                }
                try await cluster.waitUntilDone(45, of: job)
                let before = try await cluster.tasks(job)
                await cluster.killCoordinator()
                try await cluster.restartCoordinator()
                let output = try await cluster.fetch(job)
                reference.expectEqual(output)
                let after = try await cluster.tasks(job)
                try expectNothingDoneRanAgain(before, after)
                // A restarted worker is the one it was.
                #expect(try await cluster.waitForWorkers(2) == names)
            }
        }

        private func expectNothingDoneRanAgain(_ before: [Facts], _ after: [Facts]) throws {
            let done = before.filter { $0["phase"].text == "done" }
            #expect(done.count >= 45)
            #expect(done.count < after.count, "the coordinator died when all was over")
            var attempts: [String: Int] = [:]
            for task in after {
                let name = try #require(task["name"].text)
                let count = try #require(task["attempts"].integer)
                attempts[name] = count
            }
            for task in done {
                let name = try #require(task["name"].text)
                #expect(
                    attempts[name] == task["attempts"].integer,
                    "\(name) was done and was granted again")
            }
        }

        @Test func `a worker that never comes back is done without`() async throws {
            let reference = try await OutputFolder.reference()
            try await Workbench.with { bench in
                let cluster = try await RunningCluster(on: bench)
                for index in 0..<2 { try cluster.startWorker(index) }
                try await cluster.waitForWorkers(2)
                let job = try await cluster.submit(Example.longRecipe)
                try await cluster.waitUntilDone(10, of: job)
                await cluster.killWorker(1)
                let output = try await cluster.fetch(job)
                reference.expectEqual(output)
                #expect(try await cluster.connectedWorkers().count == 1)
            }
        }

        @Test func `a worker that waits for its coordinator joins when it comes`() async throws {
            try await Workbench.with { bench in
                let cluster = try await RunningCluster(on: bench)
                await cluster.killCoordinator()
                try cluster.startWorker(0)
                try await cluster.restartCoordinator()
                try await cluster.waitForWorkers(1)
            }
        }
    }
}
