import Domain
import Foundation

@testable import Worker

/// A folder that goes away, and children that are small shell scripts.
final class Scratch: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("worker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A configuration whose children run a shell script: it reads an order a line, and
    /// `$answer` holds a good answer.
    func configuration(
        script: String, memoryBytes: Int = 256 << 20, coordinator: String = "tcp://127.0.0.1:1"
    ) throws -> WorkerConfiguration {
        let answer = RunnerAnswer(
            result: TaskResult(outputs: [], facts: Array("{}".utf8)), failure: nil,
            measurements: TaskMeasurements(seconds: 0.5, peakBytes: 1_024, core: "none"))
        let text = String(decoding: try CanonicalJSON.encode(answer), as: UTF8.self)
        return WorkerConfiguration(
            coordinator: coordinator, dataFolder: folder, memoryBytesPerSlot: memoryBytes,
            host: "here", software: "test",
            runner: (
                URL(filePath: "/bin/sh"), ["-c", "answer='\(text)'\n\(script)", "runner"]
            ))
    }

    func child(_ script: String, memoryBytes: Int = 256 << 20) throws -> ChildProcess {
        ChildProcess(
            try configuration(script: script, memoryBytes: memoryBytes), wall: .data)
    }
}

/// Leases and orders out of the air.
enum Sample {
    static func lease(_ number: Int = 0, worker: String = "w-1") -> LeaseToken {
        LeaseToken(
            task: TaskID(job: JobID("j1"), name: TaskName("task-\(number)")), attempt: 1,
            worker: WorkerID(worker))
    }

    static func order(
        _ parameters: DrillParameters? = nil, inputs: [String: BlobReference] = [:],
        outputs: [OutputDeclaration] = [], dataBytesMax: Int? = nil
    ) throws -> RunnerOrder {
        let drill = parameters ?? DrillParameters(seed: 1)
        return RunnerOrder(
            kind: TaskNames.drill, version: 1,
            parameters: String(decoding: try CanonicalJSON.encode(drill), as: UTF8.self),
            inputs: inputs, outputs: outputs, alternates: [], statedBytes: 48 << 20,
            dataBytesMax: dataBytesMax)
    }

    static func grant(_ token: LeaseToken, timeLimit: Int64 = 0) throws -> WorkGrant {
        WorkGrant(
            token: token, kind: TaskNames.drill, version: 1,
            parameters: try CanonicalJSON.encode(DrillParameters(seed: 1)), inputs: [],
            outputs: [], memoryBytes: 48 << 20, timeLimitMilliseconds: timeLimit)
    }
}

/// Waiting for what other processes do.
enum Patience {
    /// Whether `isReached` came true within two minutes.
    static func wait(until isReached: () -> Bool) -> Bool {
        let end = ContinuousClock.now + .seconds(120)
        while !isReached() {
            guard ContinuousClock.now < end else { return false }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return true
    }
}
