import CSystem
import Foundation
import Synchronization

/// Watches the anonymous resident memory of this process while a task runs.
///
/// Linux keeps no peak of it (VmHWM counts mapped files too), so a thread samples.
final class MemoryMeter: Sendable {
    private let peak = Atomic<Int>(0)
    private let isWatching = Atomic<Bool>(false)

    init() {
        let thread = Thread { [weak self] in
            while let meter = self {
                if meter.isWatching.load(ordering: .relaxed) { meter.sample() }
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
        thread.name = "memory-meter"
        thread.start()
    }

    /// Forgets the last task and starts watching.
    func start() {
        peak.store(0, ordering: .relaxed)
        sample()
        isWatching.store(true, ordering: .relaxed)
    }

    /// Stops watching; the peak in bytes.
    func stop() -> Int {
        sample()
        isWatching.store(false, ordering: .relaxed)
        return peak.load(ordering: .relaxed)
    }

    private func sample() {
        let process = ProcessInfo.processInfo.processIdentifier
        peak.max(Self.anonymousBytes(of: process), ordering: .relaxed)
    }

    /// Resident anonymous memory of a process, in bytes; 0 when it is gone.
    static func anonymousBytes(of process: Int32) -> Int {
        Int(spokeshave_anonymous_bytes(process))
    }
}
