import CSystem

/// The process that started this one.
public enum ParentProcess {
    /// Makes the kernel kill this process when `parent` dies; false when it is dead already.
    public static func dieWith(_ parent: Int32) -> Bool {
        spokeshave_die_with_parent(parent) == 0
    }
}
