import ArgumentParser
import Domain
import Foundation
import Reporting

/// `spokeshave health`: how the coordinator is.
struct Health: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how the coordinator is.",
        discussion: "Exits with 1 while the coordinator is read-only.")

    @OptionGroup var coordinator: CoordinatorOption
    @OptionGroup var format: JSONOption

    func run() throws {
        let client = try coordinator.connect()
        defer { client.close() }
        let health: CoordinatorHealth = try client.ask(.health)
        print(format.json ? try JSONText.of(health) : Self.page(health))
        if health.readOnlyReason != nil { throw ExitCode(ExitStatus.unexpected.rawValue) }
    }

    private static func page(_ health: CoordinatorHealth) -> String {
        var lines = ["Spokeshave \(health.software), started \(health.epoch) times on this ledger"]
        lines.append("up \(Figures.duration(health.upSeconds))")
        lines.append("free room \(Figures.bytes(health.freeBytes))")
        lines.append("running jobs \(health.runningJobs), workers \(health.connectedWorkers)")
        if let reason = health.readOnlyReason { lines.append("READ-ONLY: \(reason)") }
        if health.damagedBlobs > 0 { lines.append("damaged blobs \(health.damagedBlobs)") }
        if let expires = health.certificateExpiresUnixMs {
            let date = Date(timeIntervalSince1970: Double(expires) / 1_000)
            lines.append("certificate until \(date.formatted(.iso8601))")
            lines.append(
                "listener: \(health.failedProbes) failed probes, \(health.listenerRecycles) "
                    + "replacements")
        }
        return lines.joined(separator: "\n")
    }
}

/// `spokeshave explain`: why a task stands where it stands.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a task waits, runs or failed.",
        discussion: "“spokeshave tasks JOB” lists the names of a job's tasks.")

    @Argument(help: "The job.")
    var job: String

    @Argument(help: "The task.")
    var task: String

    @OptionGroup var coordinator: CoordinatorOption
    @OptionGroup var format: JSONOption

    func run() throws {
        guard !task.isEmpty, task.utf8.count <= Limits.nameBytesMax else {
            throw CommandFailure(.usage, "“\(task)” is no task's name.")
        }
        let client = try coordinator.connect()
        defer { client.close() }
        let found: TaskExplanation = try client.ask(.explain(try .named(job), TaskName(task)))
        if format.json { return print(try JSONText.of(found)) }
        print("\(found.task)  \(found.phase.rawValue)")
        for sentence in found.sentences { print("  \(sentence)") }
    }
}

/// `spokeshave drain`: let a worker leave without loss.
struct Drain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give a worker no more work and let it leave without loss.",
        discussion: """
            The worker finishes what it runs, sends the coordinator what nobody else holds, and \
            ends. “spokeshave workers” shows how far it is.
            """)

    @Argument(help: "The worker, as “spokeshave workers” names it.")
    var worker: String

    @OptionGroup var coordinator: CoordinatorOption

    func run() throws {
        guard !worker.isEmpty, worker.utf8.count <= Limits.nameBytesMax else {
            throw CommandFailure(.usage, "“\(worker)” is no worker's name.")
        }
        let client = try coordinator.connect()
        defer { client.close() }
        let answer: Confirmation = try client.ask(.drain(WorkerID(worker)))
        print(answer.text)
    }
}

/// `spokeshave backup`: a copy of the ledger while everything goes on.
struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the coordinator's ledger while it runs.",
        discussion: """
            The copy lies in the folder “backups” beside the ledger. To go back to it: stop the \
            coordinator, move ledger.sqlite and the files beside it away, put the copy in its \
            place, and start again. It notices, and no attempt's number comes twice.
            """)

    @OptionGroup var coordinator: CoordinatorOption

    func run() throws {
        let client = try coordinator.connect()
        defer { client.close() }
        let answer: Confirmation = try client.ask(.backup)
        print(answer.text)
    }
}
