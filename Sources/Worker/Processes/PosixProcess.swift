import CSystem
import Glibc
import Synchronization

/// A child process with pipes at its three standard descriptors, in a process group of its own.
///
/// The kernel ends it when the thread that started it ends (the child asks for that itself), so
/// start it on a thread that lives as long as it shall. ``kill()`` may be called from any
/// thread; everything else belongs to one.
final class PosixProcess: Sendable {
    /// What there is to see of a process.
    struct Signs: OptionSet {
        let rawValue: Int32
        /// Bytes, or the end, at its standard output.
        static let answer = Signs(rawValue: 1)
        /// Bytes, or the end, at its standard error.
        static let complaint = Signs(rawValue: 2)
        /// It is over.
        static let end = Signs(rawValue: 4)
    }

    /// How a process ended.
    enum Ending: Sendable, Hashable {
        case status(Int32)
        case signal(Int32)
    }

    /// Bytes taken at one reading.
    private static let pieceBytes = 65_536

    /// Its process id.
    let id: Int32
    private let orders: Int32
    private let answers: Int32
    private let complaints: Int32
    private let watch: Int32
    /// A process that was waited for may have given its number to another.
    private let ending = Mutex<Ending?>(nil)

    private init(id: Int32, orders: Int32, answers: Int32, complaints: Int32) {
        self.id = id
        self.orders = orders
        self.answers = answers
        self.complaints = complaints
        watch = max(-1, spokeshave_watch_process(id))
    }

    deinit {
        for descriptor in [orders, answers, complaints, watch] where descriptor >= 0 {
            close(descriptor)
        }
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - arguments: without the program's own name.
    ///   - environment: all of it.
    static func start(
        _ program: String, arguments: [String], environment: [String: String]
    ) throws(WorkerError) -> PosixProcess {
        var open: [Int32] = []
        func pipe() throws(WorkerError) -> (reading: Int32, writing: Int32) {
            let ends = spokeshave_make_pipe()
            guard ends >= 0 else { throw failure("a pipe", Int32(truncatingIfNeeded: -ends)) }
            let pair = (Int32(ends >> 32), Int32(truncatingIfNeeded: ends & 0xFFFF_FFFF))
            open += [pair.0, pair.1]
            return pair
        }
        do throws(WorkerError) {
            let (orders, answers, complaints) = (try pipe(), try pipe(), try pipe())
            // A child with much to say must not wait for a daemon that listens now and then.
            _ = spokeshave_never_wait(complaints.writing)
            let words = environment.map { "\($0.key)=\($0.value)" }.sorted()
            let id = unsafe withTexts([program] + arguments) { arguments in
                unsafe withTexts(words) { environment in
                    unsafe spokeshave_spawn(
                        program, arguments, environment, orders.reading, answers.writing,
                        complaints.writing)
                }
            }
            guard id > 0 else { throw failure(program, -id) }
            for descriptor in [orders.reading, answers.writing, complaints.writing] {
                close(descriptor)
            }
            return PosixProcess(
                id: id, orders: orders.writing, answers: answers.reading,
                complaints: complaints.reading)
        } catch {
            for descriptor in open { close(descriptor) }
            throw error
        }
    }

    private static func failure(_ what: String, _ number: Int32) -> WorkerError {
        .child(reason: "\(what) could not be opened: \(Self.text(of: number)).")
    }

    /// The system's words for an error number.
    private static func text(of number: Int32) -> String {
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }

    /// Calls `body` with the texts as C wants them.
    private static func withTexts<Result>(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = unsafe texts.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe body(pointers)
    }

    /// Hands bytes to its standard input; waits until it takes them.
    func write(_ bytes: [UInt8]) throws(WorkerError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes[done...].withUnsafeBytes { rest in
                unsafe Glibc.write(orders, rest.baseAddress, rest.count)
            }
            if count > 0 {
                done += count
            } else if errno != EINTR {
                throw .child(reason: "it takes no orders: \(Self.text(of: errno)).")
            }
        }
    }

    /// Waits for a sign of life or death.
    ///
    /// - Parameter milliseconds: how long at most; nil for ever.
    /// - Returns: nothing when time ran out.
    func wait(milliseconds: Int32?) -> Signs {
        let bits = spokeshave_wait_for_input(answers, complaints, watch, milliseconds ?? -1)
        return Signs(rawValue: max(0, bits))
    }

    /// Reads what is there of its answers; call it after ``Signs/answer``. Empty at the end.
    func readAnswer() -> [UInt8] { read(answers) }

    /// Reads what is there of its complaints without waiting.
    func readComplaint() -> [UInt8] {
        let signs = spokeshave_wait_for_input(complaints, -1, -1, 0)
        return signs > 0 ? read(complaints) : []
    }

    /// Whether there is something to read of its answers, or their end.
    var hasAnswer: Bool { spokeshave_wait_for_input(answers, -1, -1, 0) > 0 }

    private func read(_ descriptor: Int32) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, filled in
            while true {
                let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count >= 0 || errno != EINTR {
                    filled = max(0, count)
                    return
                }
            }
        }
    }

    /// Whether it runs; it stays known to the system until ``end()``.
    var isRunning: Bool {
        if watch >= 0 { return spokeshave_wait_for_input(watch, -1, -1, 0) == 0 }
        return ending.withLock { ending in
            ending = ending ?? Self.ending(of: spokeshave_reap(id, 0))
            return ending == nil
        }
    }

    /// Sends SIGKILL to it and to all that it has started.
    func kill() {
        ending.withLock { ending in
            guard ending == nil else { return }
            _ = Glibc.kill(-id, SIGKILL)
            _ = Glibc.kill(id, SIGKILL)
        }
    }

    /// Takes its ending from the system; call it after ``Signs/end`` or ``kill()``, since it
    /// waits and nobody can kill meanwhile.
    func end() -> Ending {
        ending.withLock { ending in
            if let ending { return ending }
            // While it is not reaped its number is its own: what it left behind goes with it.
            _ = Glibc.kill(-id, SIGKILL)
            let found = Self.ending(of: spokeshave_reap(id, 1)) ?? .status(-1)
            ending = found
            return found
        }
    }

    private static func ending(of code: Int32) -> Ending? {
        if code == -EAGAIN { return nil }
        return code >= 256 ? .signal(code - 256) : .status(code)
    }
}
