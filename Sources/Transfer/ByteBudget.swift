import Messaging

/// Bytes that transfers may hold in memory at once, shared by any number of them.
public final class ByteBudget: Sendable {
    /// The budget of this process: 64 MiB, i.e. 16 chunks.
    public static let shared = ByteBudget(bytes: 64 << 20)

    private let free: Monitor<Int>
    private let total: Int

    /// A budget of `bytes`, at least one chunk.
    public init(bytes: Int) {
        precondition(bytes >= Share.bytesMax)
        total = bytes
        free = Monitor(bytes)
    }

    /// Bytes that nobody holds.
    public var freeBytes: Int { free.read { $0 } }

    /// Takes a share and waits until there is one.
    ///
    /// Who holds a share already must not wait for another: see ``tryToTake(_:)``.
    func take(_ bytes: Int) -> Share {
        while true {
            if let share = tryToTake(bytes) { return share }
            _ = free.wait { $0 >= bytes }
        }
    }

    /// Takes a share if there is one now.
    func tryToTake(_ bytes: Int) -> Share? {
        precondition(bytes <= Share.bytesMax)
        var hasTaken = false
        free.change { free in
            guard free >= bytes else { return }
            free -= bytes
            hasTaken = true
        }
        return hasTaken ? Share(of: self, bytes) : nil
    }

    fileprivate func giveBack(_ bytes: Int) {
        free.change { $0 += bytes }
    }
}

/// Some bytes of a budget, given back when the last reference goes.
final class Share: Sendable {
    /// A share is for one chunk at most.
    static let bytesMax = 4 << 20

    private let budget: ByteBudget
    private let bytes: Int

    fileprivate init(of budget: ByteBudget, _ bytes: Int) {
        self.budget = budget
        self.bytes = bytes
    }

    deinit { budget.giveBack(bytes) }
}
