import Domain
import Foundation
import Logging
import Messaging
import Synchronization
import Testing

@testable import Worker

@Suite struct `A worker` {
    private static let willing = "while read -r order; do echo \"$answer\"; done"

    @Test func `runs what it is granted and commits it`() async throws {
        let bench = try DaemonBench(script: Self.willing, grants: 5)
        try await bench.run { bench in
            #expect(bench.waitForCommits(5))
            bench.daemon.stopNow()
        }
        #expect(bench.coordinator.commits == bench.tokens)
    }

    @Test func `reports a crash and goes on`() async throws {
        let bench = try DaemonBench(script: "read -r order; kill -SEGV $$", grants: 2)
        try await bench.run { bench in
            #expect(
                bench.coordinator.waits { request in
                    if case .fail(bench.tokens[1], let failure) = request {
                        return failure.failureClass == .crashed
                            && failure.text.contains("SIGSEGV")
                    }
                    return false
                })
            bench.daemon.stopNow()
        }
    }

    @Test func `commits exactly what it ran although messages are lost`() async throws {
        let random = Mutex(SplitMix(state: 7))
        let bench = try DaemonBench(
            script: Self.willing, grants: 6,
            faults: { _ in
                switch random.withLock({ $0.next() % 10 }) {
                case 0: .drop
                case 1: .duplicate
                case 2: .disconnect
                default: .none
                }
            })
        try await bench.run { bench in
            #expect(bench.waitForCommits(6))
            bench.daemon.stopNow()
        }
        #expect(bench.coordinator.commits == bench.tokens)
    }

    @Test func `asks again when the coordinator has no room`() async throws {
        let bench = try DaemonBench(script: Self.willing, grants: 1)
        bench.coordinator.state.change { $0.postponedCommits = 3 }
        try await bench.run { bench in
            #expect(bench.waitForCommits(4))
            bench.daemon.stopNow()
        }
        // The attempt has not failed.
        #expect(
            bench.coordinator.heard { if case .fail = $0 { true } else { false } }.isEmpty)
    }

    @Test func `names what it runs to a coordinator that was started anew`() async throws {
        let bench = try DaemonBench(
            script: "read -r order; sleep 1000", grants: 1)
        try await bench.run { bench in
            #expect(
                bench.coordinator.waits {
                    if case .beat(let running, _, _, _) = $0 { !running.isEmpty } else { false }
                })
            bench.coordinator.state.change { $0.hasForgotten = true }
            #expect(
                bench.coordinator.waits {
                    if case .hello(_, let running) = $0 { running == bench.tokens } else { false }
                })
            bench.daemon.stopNow()
        }
    }

    @Test func `drains: ends what runs, says so, and leaves`() async throws {
        let bench = try DaemonBench(
            script: """
                read -r order; echo started > "$2/../started"
                while [ ! -e "$2/../go" ]; do sleep 0.02; done; echo "$answer"
                """, grants: 1)
        try await bench.run { bench in
            #expect(Patience.wait { bench.exists("started") })
            bench.daemon.drain()
            #expect(
                bench.coordinator.waits {
                    if case .release(let tokens) = $0 { tokens.isEmpty } else { false }
                })
            bench.coordinator.state.change { $0.beat = BeatReply(drain: true, mayLeave: true) }
            try Data().write(to: bench.scratch.folder.appendingPathComponent("go"))
        }
        #expect(bench.coordinator.commits == bench.tokens)
        #expect(bench.coordinator.state.read(\.heard).last == .goodbye)
    }

    @Test func `stops at once when it is told twice, and hands back what it ran`() async throws {
        let bench = try DaemonBench(
            script: "read -r order; echo started > \"$2/../started\"; sleep 1000", grants: 1)
        try await bench.run { bench in
            #expect(Patience.wait { bench.exists("started") })
            bench.daemon.drain()
            bench.daemon.stopNow()
        }
        #expect(bench.coordinator.commits.isEmpty)
        #expect(!bench.coordinator.heard { $0 == .release(bench.tokens) }.isEmpty)
    }

    @Test func `takes no work while its disk is full`() async throws {
        let bench = try DaemonBench(script: Self.willing, grants: 1, adjust: {
            $0.freeBytesMin = Int.max / 2
        })
        try await bench.run { bench in
            for _ in 0..<2 {
                let before = bench.beats
                #expect(Patience.wait { bench.beats > before })
            }
            bench.daemon.stopNow()
        }
        #expect(
            bench.coordinator.heard { if case .lease = $0 { true } else { false } }.isEmpty)
    }

    @Test func `stops when the coordinator will not have it`() async throws {
        let bench = try DaemonBench(script: Self.willing, grants: 0)
        bench.coordinator.state.change { $0.refusal = "Not you." }
        await #expect(throws: WorkerError.self) { try await bench.run { _ in } }
    }

    @Test func `renews its certificate when that is due`() async throws {
        let renewals = Monitor(0)
        let bench = try DaemonBench(script: Self.willing, grants: 0, adjust: {
            $0.renewal = CredentialRenewal(firstDueUnixMs: 0) {
                renewals.change { $0 += 1 }
                return Int64.max
            }
        })
        try await bench.run { bench in
            let count = renewals.wait(
                until: { $0 > 0 }, orUntil: Date(timeIntervalSinceNow: 15))
            #expect(count == 1)
            bench.daemon.stopNow()
        }
        #expect(renewals.read { $0 } == 1)
    }
}

/// A worker with a scripted coordinator and scripted children.
private final class DaemonBench: Sendable {
    let scratch: Scratch
    let coordinator: FakeCoordinator
    let daemon: WorkerDaemon
    let tokens: [LeaseToken]

    init(
        script: String, grants: Int,
        faults: @escaping @Sendable (MemoryFault.Moment) -> MemoryFault = { _ in .none },
        adjust: (inout WorkerConfiguration) -> Void = { _ in }
    ) throws {
        scratch = try Scratch()
        let coordinator = FakeCoordinator(faults: faults)
        var configuration = try scratch.configuration(script: script)
        configuration.connect = { _ in coordinator.connection() }
        // The disk of whoever runs the tests may be as full as it likes.
        configuration.freeBytesMin = 0
        adjust(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let daemon = try WorkerDaemon(configuration, logger: logger)
        let tokens = (0..<grants).map { Sample.lease($0, worker: daemon.id.description) }
        let work = try tokens.map { try Sample.grant($0) }
        coordinator.state.change { $0.grants = work }
        (self.coordinator, self.daemon, self.tokens) = (coordinator, daemon, tokens)
    }

    /// Runs the worker to its end, with `story` on a thread beside it.
    func run(_ story: @escaping @Sendable (DaemonBench) throws -> Void) async throws {
        // On threads of their own: other tests may keep the cooperative pool busy for minutes.
        let ending = Monitor(Ending.none)
        let daemon = daemon
        Thread {
            let refusal = daemon.work()
            ending.change { $0 = refusal.map { .refused($0) } ?? .peaceful }
        }.start()
        try await withCheckedThrowingContinuation { continuation in
            Thread { [self] in
                let told = Result { try story(self) }
                let reached = ending.wait { $0 != .none }
                guard case .refused(let reason) = reached else {
                    return continuation.resume(with: told)
                }
                continuation.resume(throwing: WorkerError.refused(reason: reason))
            }.start()
        }
    }

    private enum Ending: Sendable, Equatable {
        case none
        case peaceful
        case refused(String)
    }

    func waitForCommits(_ count: Int) -> Bool {
        Patience.wait { self.coordinator.commits.count >= count }
    }

    var beats: Int {
        coordinator.heard { if case .beat = $0 { true } else { false } }.count
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(
            atPath: scratch.folder.appendingPathComponent(name).path)
    }
}

/// A few random numbers.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
