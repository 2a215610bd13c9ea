import Foundation
import Testing

/// A coordinator and workers as processes of their own, connected over tcp on loopback.
final class RunningCluster {
    let bench: Workbench
    private(set) var address = "tcp://127.0.0.1:0"
    private(set) var coordinator: SpawnedProcess
    private(set) var workers: [Int: SpawnedProcess] = [:]

    /// Starts a coordinator at a free port; returns when it listens.
    init(on bench: Workbench) async throws {
        self.bench = bench
        coordinator = try Self.launchCoordinator(bench, address)
        address = try await listening()
    }

    private static func launchCoordinator(
        _ bench: Workbench, _ address: String
    ) throws -> SpawnedProcess {
        try bench.start(
            ["coordinator", "--listen", address, "--data-dir", bench.path("coordinator")],
            name: "coordinator")
    }

    /// The address that the coordinator says it listens at.
    private func listening() async throws -> String {
        var found: String?
        _ = await Patience.wait(seconds: 20) {
            found = Self.address(in: coordinator.complaint + coordinator.output)
            return found != nil || !coordinator.isRunning
        }
        return try #require(
            found, "the coordinator does not listen:\n\(coordinator.complaint)")
    }

    static func address(in log: String) -> String? {
        guard let line = log.split(separator: "\n").first(where: { $0.contains("listens") }),
            let word = line.split(separator: " ").first(where: { $0.hasPrefix("control=tcp://") })
        else { return nil }
        return String(word.dropFirst("control=".count))
    }

    /// Kills the coordinator and waits until it is gone.
    func killCoordinator() async {
        coordinator.kill()
        _ = await Patience.wait(seconds: 10) { !coordinator.isRunning }
    }

    /// Starts it again: same folder, same port.
    func restartCoordinator() async throws {
        coordinator = try Self.launchCoordinator(bench, address)
        #expect(try await listening() == address)
    }

    /// Starts worker `index`; the same index means the same folder.
    func startWorker(_ index: Int) throws {
        workers[index] = try bench.start(
            [
                "worker", "--coordinator", address, "--data-dir",
                bench.path("worker-\(index)"), "--slots", "1", "--memory", "512MiB",
            ], name: "worker")
    }

    /// Kills worker `index` and waits until it is gone.
    func killWorker(_ index: Int) async {
        workers[index]?.kill()
        _ = await Patience.wait(seconds: 10) { workers[index]?.isRunning != true }
    }

    /// Names of the workers that are connected now.
    func connectedWorkers() async throws -> Set<String> {
        let workers = try Facts(try await command(["workers", "--json"])).list
        return Set(
            workers.filter { $0["isConnected"].boolean == true }.compactMap { $0["worker"].text })
    }

    /// Waits until so many workers are connected; their names.
    @discardableResult
    func waitForWorkers(_ count: Int) async throws -> Set<String> {
        var names: Set<String> = []
        _ = try await Patience.wait(seconds: 30) {
            names = try await connectedWorkers()
            return names.count == count
        }
        try #require(names.count == count, "\(names.count) of \(count) workers are connected")
        return names
    }

    /// Runs a command against this cluster; it must succeed.
    func command(_ arguments: [String], within seconds: Double = 60) async throws -> String {
        try await Program.succeed(
            arguments + ["--coordinator", address], on: bench, within: seconds)
    }

    /// Submits a recipe for the example; the job's name.
    func submit(_ recipe: String) async throws -> String {
        let file = try bench.write(recipe, as: "recipe-\(UUID().uuidString.prefix(4)).yaml")
        let output = try await command(["submit", Example.model, "--recipe", file])
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func status(_ job: String) async throws -> Facts {
        try Facts(try await command(["status", job, "--json"]))
    }

    /// Waits until at least so many tasks of a job are done, while it still runs.
    func waitUntilDone(_ count: Int, of job: String) async throws {
        var phase = ""
        let reached = try await Patience.wait(seconds: 60) {
            let status = try await status(job)
            phase = status["phase"].text ?? "?"
            let done = status["stages"].list.reduce(0) { $0 + ($1["done"].integer ?? 0) }
            return done >= count || phase != "running"
        }
        try #require(reached && phase == "running", "the job is \(phase), too early or too late")
    }

    func tasks(_ job: String) async throws -> [Facts] {
        try Facts(try await command(["tasks", job, "--json"])).list
    }

    /// Waits for the end of a job, which must be good, and fetches its checkpoint.
    func fetch(_ job: String, as name: String = "out") async throws -> OutputFolder {
        let page = try await command(["status", job, "--watch"], within: 120)
        #expect(page.contains("finished"))
        _ = try await command(["fetch", job, "--out", bench.path(name)])
        return try OutputFolder(bench.path(name))
    }
}
