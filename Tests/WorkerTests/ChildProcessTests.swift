import Domain
import Foundation
import Testing

@testable import Worker

@Suite struct `The child of a slot` {
    @Test func `answers one order after another`() throws {
        let scratch = try Scratch()
        let child = try scratch.child("while read -r order; do echo \"$answer\"; done")
        defer { child.stop() }
        let first = child.run(try Sample.order(), for: Sample.lease(1), within: nil)
        let process = try #require(child.processID)
        let second = child.run(try Sample.order(), for: Sample.lease(2), within: nil)
        #expect(first.result != nil)
        #expect(second.result != nil)
        #expect(child.processID == process)
    }

    @Test func `that crashes costs one attempt and is replaced`() throws {
        let scratch = try Scratch()
        let flag = scratch.folder.appendingPathComponent("crashed").path
        let child = try scratch.child(
            """
            read -r order
            if [ ! -e \(flag) ]; then
                touch \(flag); echo 'Fatal error: something broke' >&2; kill -ABRT $$
            fi
            echo "$answer"
            """)
        defer { child.stop() }
        let failure = try #require(
            child.run(try Sample.order(), for: Sample.lease(1), within: nil).failure)
        #expect(failure.failureClass == .crashed)
        #expect(failure.text.contains("SIGABRT"))
        #expect(failure.text.contains("something broke"))
        #expect(child.processID == nil)
        let second = child.run(try Sample.order(), for: Sample.lease(2), within: nil)
        #expect(second.result != nil)
    }

    @Test func `that ends silently has crashed`() throws {
        let scratch = try Scratch()
        let child = try scratch.child("read -r order; exit 3")
        defer { child.stop() }
        let failure = try #require(
            child.run(try Sample.order(), for: Sample.lease(), within: nil).failure)
        #expect(failure.failureClass == .crashed)
        #expect(failure.text.contains("status 3 and without an answer"))
    }

    @Test func `that was refused memory ran out of it, and the figures are told`() throws {
        let scratch = try Scratch()
        let child = try scratch.child(
            """
            read -r order
            echo 'spokeshave-last-words signal=6 errno=12 data=104857600' >&2
            kill -ABRT $$
            """, memoryBytes: 96 << 20)
        defer { child.stop() }
        let failure = try #require(
            child.run(try Sample.order(), for: Sample.lease(), within: nil).failure)
        #expect(failure.failureClass == .outOfMemory)
        for figure in ["held 100 MiB", "peak of 48 MiB", "have 96 MiB"] {
            #expect(failure.text.contains(figure), "\(failure.text)")
        }
    }

    @Test func `that hangs is killed with all that it started`() throws {
        let scratch = try Scratch()
        let note = scratch.folder.appendingPathComponent("grandchild")
        let child = try scratch.child(
            "read -r order; sleep 1000 & echo $! > \(note.path); wait")
        defer { child.stop() }
        let answer = child.run(
            try Sample.order(), for: Sample.lease(), within: .milliseconds(400))
        #expect(answer.failure?.failureClass == .timeout)
        let text = (try? String(contentsOf: note, encoding: .utf8)) ?? ""
        if let grandchild = Int32(text.filter(\.isNumber)) {
            #expect(Patience.wait { isGone(grandchild) })
        }
    }

    @Test func `is stopped when its lease is given up, before or after its start`() throws {
        let scratch = try Scratch()
        let child = try scratch.child("while read -r order; do sleep 1000; done")
        defer { child.stop() }
        child.kill(Sample.lease(1))
        let early = child.run(try Sample.order(), for: Sample.lease(1), within: nil)
        #expect(early.failure?.failureClass == .cancelled)
        let killer = Thread {
            _ = Patience.wait { child.processID != nil }
            child.kill(Sample.lease(2))
        }
        killer.start()
        let late = child.run(try Sample.order(), for: Sample.lease(2), within: nil)
        #expect(late.failure?.failureClass == .cancelled)
    }

    @Test func `may talk as much as it likes beside its answer`() throws {
        let scratch = try Scratch()
        let child = try scratch.child(
            "while read -r order; do head -c 1000000 /dev/zero >&2; echo \"$answer\"; done")
        defer { child.stop() }
        for number in 0..<3 {
            let answer = child.run(try Sample.order(), for: Sample.lease(number), within: nil)
            #expect(answer.result != nil)
        }
    }

    @Test func `with an unreadable answer is replaced`() throws {
        let scratch = try Scratch()
        let flag = scratch.folder.appendingPathComponent("babbled").path
        let child = try scratch.child(
            """
            while read -r order; do
                if [ -e \(flag) ]; then echo "$answer"; else touch \(flag); echo nonsense; fi
            done
            """)
        defer { child.stop() }
        let first = child.run(try Sample.order(), for: Sample.lease(1), within: nil)
        #expect(first.failure?.failureClass == .environment)
        let second = child.run(try Sample.order(), for: Sample.lease(2), within: nil)
        #expect(second.result != nil)
    }

    @Test func `that died between two tasks is replaced without a word`() throws {
        let scratch = try Scratch()
        let child = try scratch.child("read -r order; echo \"$answer\"; exit 0")
        defer { child.stop() }
        for number in 0..<3 {
            let answer = child.run(try Sample.order(), for: Sample.lease(number), within: nil)
            #expect(answer.result != nil)
            let process = try #require(child.processID)
            #expect(Patience.wait { isGone(process) })
        }
    }

    @Test func `inherits three descriptors, no ignored signal and no blocked one`() throws {
        let scratch = try Scratch()
        // Nothing but builtins: between two orders the shell does nothing but wait.
        let child = try scratch.child("while read -r order; do echo \"$answer\"; done")
        defer { child.stop() }
        _ = child.run(try Sample.order(), for: Sample.lease(), within: nil)
        let process = try #require(child.processID)
        let folder = "/proc/\(process)"
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: folder + "/fd")
        #expect(descriptors.sorted() == ["0", "1", "2"])
        let status = try String(contentsOfFile: folder + "/status", encoding: .utf8)
        let masks = status.split(separator: "\n")
            .filter { $0.hasPrefix("SigBlk:") || $0.hasPrefix("SigIgn:") }
            .compactMap { UInt64($0.suffix(16), radix: 16) }
        #expect(masks.count == 2)
        // The C library keeps two numbers above these for itself.
        #expect(masks.allSatisfy { $0 & 0x7FFF_FFFF == 0 })
    }

    private func isGone(_ process: Int32) -> Bool {
        guard kill(process, 0) == 0 else { return true }
        // A zombie whose new parent has not looked yet is as good as gone.
        let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return status?.contains(") Z ") ?? true
    }
}
