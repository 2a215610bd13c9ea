import CNNG
import CNNGRepair
import Synchronization

/// What is known of the nng library in this process.
public enum MessagingLibrary {
    /// As nng names itself, for example "1.5.2".
    public static var version: String { unsafe String(cString: nng_version()) }

    /// Whether connections may be closed while messages arrive without one of nng's threads
    /// waiting for ever: its version 1.5.2 must be mended for that at link time (`CNNGRepair`),
    /// and is not where only a shared library of nng was found.
    public static var closesCleanly: Bool {
        version != "1.5.2" || spokeshave_nng_is_repaired() == 1
    }

    /// Sockets of this process whose closing did not end within ten seconds: always 0 where
    /// `closesCleanly`.
    public static var closingsGivenUp: Int { givenUp.load(ordering: .relaxed) }

    static let givenUp = Atomic<Int>(0)
}
