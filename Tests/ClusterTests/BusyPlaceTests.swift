import Foundation
import Testing

extension `The built program` {
    @Suite struct `A place that cannot be used` {
        @Test func `an output folder that holds something stays as it is`() async throws {
            try await Workbench.with { bench in
                try FileManager.default.createDirectory(
                    atPath: bench.path("out"), withIntermediateDirectories: true)
                _ = try bench.write("mine", as: "out/precious")
                let recipe = try bench.write(Example.recipe(), as: "recipe.yaml")
                let outcome = try await Program.run(
                    [
                        "compress", Example.model, "--recipe", recipe, "--out",
                        bench.path("out"), "--data-dir", bench.path("data"),
                    ], on: bench)
                Refusal.expect(
                    outcome, status: [6], saying: [bench.path("out"), "not empty"])
                #expect(try bench.contents(of: "out") == ["precious"])
                #expect(!bench.has("data"))
            }
        }

        @Test func `a port and a data folder that another coordinator uses`() async throws {
            try await Workbench.with { bench in
                let cluster = try await RunningCluster(on: bench)
                let port = try await Program.run(
                    [
                        "coordinator", "--listen", cluster.address, "--data-dir",
                        bench.path("other"),
                    ], on: bench)
                Refusal.expect(port, status: [5], saying: [cluster.address, "in use"])
                let folder = try await Program.run(
                    [
                        "coordinator", "--listen", "tcp://127.0.0.1:0", "--data-dir",
                        bench.path("coordinator"),
                    ], on: bench)
                Refusal.expect(
                    folder, status: [5, 6],
                    saying: [bench.path("coordinator"), "nother coordinator"])
                // The first one was not disturbed.
                _ = try await cluster.command(["status"])
            }
        }

        @Test(arguments: [
            ["status"], ["status", "j", "--watch"], ["workers"], ["tasks", "j"],
            ["cancel", "j"], ["fetch", "j", "--out", "out"],
            ["submit", Example.model, "--recipe", "recipe.yaml"],
            ["eval", Example.model, "--text", Example.evaluationText, "--length", "64"],
        ])
        func `a coordinator that does not answer`(_ command: [String]) async throws {
            try await Workbench.with { bench in
                _ = try bench.write(Example.recipe(), as: "recipe.yaml")
                // No service has this port, and it is none that the system gives out.
                let address = "tcp://127.0.0.1:1"
                let outcome = try await Program.run(
                    command + ["--coordinator", address], on: bench)
                Refusal.expect(outcome, status: [5], saying: [address])
                #expect(!bench.has("out"))
            }
        }

        @Test func `a job that does not exist`() async throws {
            try await Workbench.with { bench in
                let cluster = try await RunningCluster(on: bench)
                let out = bench.path("out")
                for command in [
                    ["status", "j-none"], ["tasks", "j-none"], ["cancel", "j-none"],
                    ["fetch", "j-none", "--out", out],
                ] {
                    let outcome = try await Program.run(
                        command + ["--coordinator", cluster.address], on: bench)
                    Refusal.expect(outcome, status: [2], saying: ["j-none"])
                }
                #expect(!bench.has("out"))
            }
        }
    }

    @Suite(.enabled(if: SmallDisk.isPossible, "only root may mount a small disk"))
    struct `A full disk (needs root)` {
        @Test func `for the output leaves nothing behind, and the next try needs no computing`()
            async throws
        {
            try await Workbench.with { bench in
                try bench.mountSmallDisk("disk", bytes: 4 << 20)
                try await Refusal.expect(
                    ofModel: Example.model, recipe: Example.recipe(), status: [6],
                    saying: [bench.path("disk/out"), "no room"], out: "disk/out", on: bench)
                #expect(try bench.contents(of: "disk") == [])
                _ = try await Program.succeed(
                    [
                        "compress", Example.model, "--recipe", bench.path("recipe.yaml"),
                        "--out", bench.path("out"), "--workers", "1", "--data-dir",
                        bench.path("data"), "--quiet",
                    ], on: bench)
                try OutputFolder(bench.path("out")).expectAllFromCache()
            }
        }

        @Test func `for the data ends the command, and more room lets it go on`() async throws {
            try await Workbench.with { bench in
                try bench.mountSmallDisk("disk", bytes: 4 << 20)
                try await Refusal.expect(
                    ofModel: Example.model, recipe: Example.recipe(), status: [4, 6],
                    saying: [bench.path("disk/data"), "full"], data: "disk/data", on: bench)
                try bench.growSmallDisk("disk", bytes: 256 << 20)
                _ = try await Program.succeed(
                    [
                        "compress", Example.model, "--recipe", bench.path("recipe.yaml"),
                        "--out", bench.path("out"), "--workers", "1", "--data-dir",
                        bench.path("disk/data"), "--quiet",
                    ], on: bench)
            }
        }

        @Test func `for a coordinator refuses the submission, and the coordinator lives on`()
            async throws
        {
            try await Workbench.with { bench in
                try bench.mountSmallDisk("coordinator", bytes: 4 << 20)
                let cluster = try await RunningCluster(on: bench)
                let recipe = try bench.write(Example.recipe(), as: "recipe.yaml")
                let outcome = try await Program.run(
                    [
                        "submit", Example.model, "--recipe", recipe, "--coordinator",
                        cluster.address,
                    ], on: bench)
                Refusal.expect(outcome, status: [6], saying: ["full"])
                let jobs = try await cluster.command(["status", "--json"])
                #expect(try Facts(jobs).list.isEmpty)
                #expect(cluster.coordinator.isRunning)
            }
        }
    }
}
