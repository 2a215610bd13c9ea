import CSystem
import Foundation

/// SIGTERM and SIGINT as events. Libraries that turn signals into a shutdown pass on only the
/// first; a worker has a use for the second.
enum Interruptions {
    /// Watches from now on, on a thread of its own.
    ///
    /// - Parameter heard: hears the signal's number and which one it is, from 1; false gives
    ///   later signals their usual effect back.
    static func watch(_ heard: @escaping @Sendable (Int32, Int) -> Bool) throws {
        let problem = spokeshave_watch_interruptions()
        guard problem == 0 else { throw WorkerError.signals(number: problem) }
        let thread = Thread {
            var count = 0
            while true {
                let number = spokeshave_next_interruption()
                guard number > 0 else { return }
                count += 1
                guard heard(number, count) else { return spokeshave_obey_interruptions() }
            }
        }
        thread.name = "signals"
        thread.start()
    }
}
