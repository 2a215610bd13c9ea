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
        peak.max(Self.anonymousBytes(of: "self"), ordering: .relaxed)
    }

    /// RssAnon of a process; 0 when it is gone.
    static func anonymousBytes(of process: String) -> Int {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        else { return 0 }
        for line in text.split(separator: "\n") where line.hasPrefix("RssAnon:") {
            let digits = line.filter(\.isNumber)
            return (Int(digits) ?? 0) * 1_024
        }
        return 0
    }
}
