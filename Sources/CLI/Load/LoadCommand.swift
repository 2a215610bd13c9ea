import ArgumentParser
import Domain
import Foundation
import Messaging
import Reporting
import Synchronization

/// `spokeshave load`: tools that measure a coordinator; see scripts/acceptance.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Measure a coordinator (for its developers).",
        shouldDisplay: false, subcommands: [ZeroWorker.self, IdleWorkers.self])

    struct ZeroWorker: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "zero-worker",
            abstract: "Do tasks without outputs in no time, and print how many a second.")

        @OptionGroup var coordinator: CoordinatorOption

        @Option(name: .long, help: "Tasks at once.")
        var slots = 64

        @Option(name: .long, help: "Seconds without work after which it ends.")
        var idle = 3.0

        func run() throws {
            let link = try coordinator.link(named: "zero-worker")
            defer { link.close() }
            let worker = LoadWorker(
                channel: link, worker: WorkerID(try coordinator.ownName ?? "zero-worker"),
                incarnation: UInt64(Date().timeIntervalSince1970 * 1_000), slots: slots)
            try worker.join(host: "zero-host")
            let isOver = RaisedFlag()
            let done = Mutex(0)
            let began = Date()
            let ended = Mutex(began)
            let group = DispatchGroup()
            let (slots, idle) = (slots, idle)
            Thread { try? worker.beat(every: 1) { isOver.isRaised } }.start()
            for slot in 0..<slots {
                group.enter()
                Thread {
                    defer { group.leave() }
                    guard let own = try? worker.work(slot: slot, idle: idle, until: { false }),
                        own.count > 0
                    else { return }
                    done.withLock { $0 += own.count }
                    ended.withLock { $0 = max($0, own.last) }
                }.start()
            }
            group.wait()
            isOver.raise()
            let seconds = max(1e-9, ended.withLock { $0 }.timeIntervalSince(began))
            let count = done.withLock { $0 }
            print("{\"tasks\":\(count),\"seconds\":\(seconds)}")
        }
    }

    struct IdleWorkers: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "idle-workers",
            abstract: "Be many workers that poll and beat and get no work.")

        @OptionGroup var coordinator: CoordinatorOption

        @Option(name: .long, help: "How many workers.")
        var workers = 1_000

        @Option(name: .long, help: "For how long.")
        var seconds = 60.0

        @Option(name: .long, help: "Seconds between two beats.")
        var beat = 5.0

        func run() throws {
            let end = Date().addingTimeInterval(seconds)
            let joined = Mutex(0)
            let group = DispatchGroup()
            let (address, beat) = (coordinator.address, beat)
            for number in 0..<workers {
                group.enter()
                let thread = Thread {
                    defer { group.leave() }
                    Self.play(number, at: address, beat: beat, until: end) {
                        joined.withLock { $0 += 1 }
                    }
                }
                // A thousand threads, each with little to do.
                thread.stackSize = 256 << 10
                thread.start()
            }
            group.wait()
            print("{\"joined\":\(joined.withLock { $0 })}")
        }

        private static func play(
            _ number: Int, at address: String, beat: Double, until end: Date,
            joined: () -> Void
        ) {
            guard
                let channel = try? Requester(
                    url: address, receiveLimit: Limits.controlMessageBytes, name: "idle")
            else { return }
            defer { channel.close() }
            let worker = LoadWorker(
                channel: channel, worker: WorkerID("idle-\(number)"),
                incarnation: UInt64(Date().timeIntervalSince1970 * 1_000), slots: 1)
            guard (try? worker.join(host: "idle-\(number)")) != nil else { return }
            joined()
            let poll = Thread {
                _ = try? worker.work(slot: 0, idle: .infinity) { Date() > end }
            }
            poll.stackSize = 256 << 10
            poll.start()
            try? worker.beat(every: beat) { Date() > end }
        }
    }
}
