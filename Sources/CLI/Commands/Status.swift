import ArgumentParser
import Domain
import Foundation
import Reporting

/// `spokeshave status`: where jobs stand.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a job, or all jobs.",
        discussion: "With --watch it stays until the job is over, and exits with its outcome.")

    @Argument(help: "The job; all jobs when left out.")
    var job: String?

    @Flag(name: .long, help: "Stay until the job is over.")
    var watch = false

    @OptionGroup var coordinator: CoordinatorOption
    @OptionGroup var format: JSONOption

    func validate() throws {
        guard !watch || job != nil else { throw ValidationError("--watch needs a job.") }
    }

    func run() throws {
        let client = try coordinator.connect()
        defer { client.close() }
        guard let job else {
            let jobs: [JobStatus] = try client.ask(.jobs(limit: 100))
            return print(format.json ? try JSONText.of(jobs) : Self.table(jobs))
        }
        var status: JobStatus = try client.ask(.job(try .named(job)))
        if watch {
            status = try client.wait(
                for: try .named(job), progress: ProgressLine(isQuiet: format.json),
                interruption: nil)
        }
        print(format.json ? try JSONText.of(status) : StatusText.page(status))
        if watch { try JobEnd.check(status) }
    }

    private static func table(_ jobs: [JobStatus]) -> String {
        var table = TextTable(["job", "title", "phase", "layers", "tasks", "cached", "time"])
        for job in jobs {
            let total = job.stages.reduce(0) { $0 + $1.total }
            let done = job.stages.reduce(0) { $0 + $1.done }
            let cached = job.stages.reduce(0) { $0 + $1.cached }
            table.add([
                job.job.description, job.title, job.phase.rawValue,
                "\(job.layersDone)/\(job.layersTotal)", "\(done)/\(total)", "\(cached)",
                Figures.duration(job.elapsedSeconds),
            ])
        }
        return table.text
    }
}

/// `spokeshave tasks`: the tasks of a job.
struct TasksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "List the tasks of a job.")

    @Argument(help: "The job.")
    var job: String

    @OptionGroup var coordinator: CoordinatorOption
    @OptionGroup var format: JSONOption

    func run() throws {
        let client = try coordinator.connect()
        defer { client.close() }
        let tasks = try client.tasks(of: try .named(job)).map(\.status)
        if format.json { return print(try JSONText.of(tasks)) }
        var table = TextTable(["task", "phase", "origin", "attempts", "worker", "s", "peak"])
        for task in tasks {
            table.add([
                task.name.description, task.phase.rawValue, task.origin?.rawValue ?? "",
                "\(task.attempts)", task.worker ?? "",
                task.seconds.map { String(format: "%.2f", $0) } ?? "",
                task.peakBytes.map(Figures.bytes) ?? "",
            ])
        }
        print(table.text)
    }
}

/// `spokeshave workers`: who computes.
struct WorkersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "List the workers of a cluster.")

    @OptionGroup var coordinator: CoordinatorOption
    @OptionGroup var format: JSONOption

    func run() throws {
        let client = try coordinator.connect()
        defer { client.close() }
        let workers: [WorkerStatus] = try client.ask(.workers)
        if format.json { return print(try JSONText.of(workers)) }
        var table = TextTable([
            "worker", "state", "slots", "core", "memory", "blobs", "silent", "running",
        ])
        for worker in workers {
            let state =
                worker.isDraining ? "draining" : worker.isConnected ? "connected" : "away"
            table.add([
                worker.worker.description, state, "\(worker.profile.slots)",
                worker.profile.core, Figures.bytes(worker.anonymousBytes), "\(worker.blobs)",
                Figures.duration(worker.silentSeconds), worker.running.joined(separator: ", "),
            ])
        }
        print(table.text)
    }
}

/// `spokeshave cancel`: stop a job.
struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stop a job.",
        discussion: "What it has computed is kept and used by later jobs.")

    @Argument(help: "The job.")
    var job: String

    @OptionGroup var coordinator: CoordinatorOption

    func run() throws {
        let client = try coordinator.connect()
        defer { client.close() }
        let _: SubmittedJob = try client.ask(.cancel(try .named(job)))
        print("\(job) is cancelled.")
    }
}
