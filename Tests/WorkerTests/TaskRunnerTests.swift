import Blobs
import Domain
import Foundation
import Testing

@testable import Worker

/// The program that `swift build` made, if it did.
private let program: URL = {
    if let path = ProcessInfo.processInfo.environment["SPOKESHAVE"] { return URL(filePath: path) }
    var root = URL(filePath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    return root.appendingPathComponent(".build/debug/spokeshave")
}()

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: program.path)))
struct `The program as a task runner` {
    @Test func `runs drills`() throws {
        let bench = try RunnerBench()
        let outputs = [OutputDeclaration("data", .transient)]
        let order = try Sample.order(
            DrillParameters(outputBytes: 3_000_000, seed: 5), outputs: outputs)
        let first = try #require(bench.run(order).result)
        let second = try #require(bench.run(order).result)
        #expect(first == second)
        let output = try #require(first.outputs.first)
        #expect(output.blob.byteCount == 3_000_000)
        #expect(bench.store.contains(output.blob.digest))
        let restless = try Sample.order(
            DrillParameters(outputBytes: 64, seed: 5, behaviour: .differ), outputs: outputs)
        #expect(bench.run(restless).result != bench.run(restless).result)
    }

    @Test func `ends badly in all the ways that a drill can`() throws {
        let bench = try RunnerBench()
        func failure(_ behaviour: DrillBehaviour) throws -> TaskFailure {
            let order = try Sample.order(DrillParameters(seed: 1, behaviour: behaviour))
            return try #require(bench.run(order, within: .seconds(2)).failure)
        }
        #expect(try failure(.fail).failureClass == .deterministic)
        let crash = try failure(.crash)
        #expect(crash.failureClass == .crashed)
        #expect(crash.text.contains("SIGABRT"), "\(crash.text)")
        #expect(try failure(.exitSilently).failureClass == .crashed)
        #expect(try failure(.hang).failureClass == .timeout)
        #expect(bench.run(try Sample.order()).result != nil)
    }

    @Test func `reports out of memory when it takes more than it may`() throws {
        let bench = try RunnerBench()
        for behaviour in [DrillBehaviour.allocateUntilKilled, .succeed] {
            let order = try Sample.order(
                DrillParameters(allocateBytes: 1 << 30, seed: 1, behaviour: behaviour),
                dataBytesMax: 200 << 20)
            let failure = try #require(bench.run(order).failure)
            #expect(failure.failureClass == .outOfMemory, "\(failure.text)")
            #expect(failure.text.contains("peak of 48 MiB"), "\(failure.text)")
        }
        let modest = try Sample.order(
            DrillParameters(allocateBytes: 100 << 20, seed: 1), dataBytesMax: 200 << 20)
        #expect(bench.run(modest).result != nil)
    }

    @Test func `does not count mapped inputs as a task's memory`() throws {
        let bench = try RunnerBench()
        let large = try bench.store.store(
            [UInt8](repeating: 3, count: 160 << 20), synced: false)
        let order = try Sample.order(
            DrillParameters(outputBytes: 8, seed: 1, inputs: 1),
            inputs: [TaskNames.drillInput(0): large],
            outputs: [OutputDeclaration("data", .transient)], dataBytesMax: 48 << 20)
        let answer = bench.run(order)
        #expect(answer.result != nil, "\(answer.failure?.text ?? "")")
    }

    @Test func `dies with the thread and the process that started it`() throws {
        let bench = try RunnerBench()
        let note = bench.scratch.folder.appendingPathComponent("runner")
        // A daemon of two lines. Somebody else keeps the runner's standard input open.
        let daemon = Process()
        daemon.executableURL = URL(filePath: "/bin/sh")
        daemon.arguments = [
            "-c",
            "'\(program.path)' run-tasks --store '\(bench.store.root.path)' --parent $$ <&0 &"
                + " echo $! > '\(note.path)'; wait",
        ]
        let orders = Pipe()
        daemon.standardInput = orders
        daemon.standardOutput = FileHandle.nullDevice
        try daemon.run()
        var runner: Int32?
        #expect(
            Patience.wait {
                let text = (try? String(contentsOf: note, encoding: .utf8)) ?? ""
                runner = Int32(text.filter(\.isNumber))
                return text.hasSuffix("\n")
            })
        let id = try #require(runner)
        // It has asked for the death signal by the time that it waits for orders.
        #expect(Patience.wait { FileManager.default.fileExists(atPath: "/proc/\(id)/exe") })
        kill(daemon.processIdentifier, SIGKILL)
        #expect(
            Patience.wait {
                let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
                return stat?.contains(") Z ") ?? true
            })
        _ = orders
    }
}

/// A store and a real child that works in it.
private final class RunnerBench {
    let scratch: Scratch
    let store: BlobStore
    private let child: ChildProcess

    init() throws {
        scratch = try Scratch()
        var configuration = try scratch.configuration(script: "")
        configuration.runner = (program, ["run-tasks"])
        store = try BlobStore(root: configuration.storeFolder)
        child = ChildProcess(configuration, wall: .data)
    }

    deinit { child.stop() }

    func run(_ order: RunnerOrder, within time: Duration? = nil) -> RunnerAnswer {
        child.run(order, for: Sample.lease(), within: time)
    }
}
