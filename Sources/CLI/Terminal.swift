import CSystem
import Foundation
import Synchronization

/// Standard error as people see it: one line that is redrawn on a terminal, a line now and then
/// in a log.
final class ProgressLine: Sendable {
    private let isTerminal = isatty(2) == 1
    private let isQuiet: Bool
    private let state = Mutex<(lastLog: Date, length: Int)>((.distantPast, 0))

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    /// Shows the newest progress.
    func show(_ text: String) {
        guard !isQuiet else { return }
        state.withLock { state in
            if isTerminal {
                let padding = max(0, state.length - text.count)
                write("\r" + text + String(repeating: " ", count: padding))
                state.length = text.count
            } else if Date().timeIntervalSince(state.lastLog) >= 10 {
                write(text + "\n")
                state.lastLog = Date()
            }
        }
    }

    /// Writes a line that stays.
    func note(_ text: String) {
        guard !isQuiet else { return }
        state.withLock { state in
            let padding = max(0, state.length - text.count)
            write((isTerminal ? "\r" : "") + text + String(repeating: " ", count: padding) + "\n")
            state.length = 0
        }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}

/// Notices Ctrl-C and SIGTERM, so that a command can stop in order.
struct Interruption: Sendable {
    /// Starts noticing; a second signal ends the process as usual.
    init() {
        spokeshave_notice_interruptions()
    }

    /// Whether a signal has come.
    var hasCome: Bool { spokeshave_was_interrupted() != 0 }
}

/// A flag that can only be raised.
final class RaisedFlag: Sendable {
    private let value = Atomic<Bool>(false)

    var isRaised: Bool { value.load(ordering: .relaxed) }

    func raise() { value.store(true, ordering: .relaxed) }
}
