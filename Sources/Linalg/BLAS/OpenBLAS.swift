internal import COpenBLAS

/// The one door to OpenBLAS: whoever calls it asks for `single` first.
///
/// OpenBLAS is kept to the calling thread, because its own threads would make the last bits of a
/// result depend on their number; lanes of work are the caller's business.
enum OpenBLAS {
    /// Sets the library to one thread, once, at the first call.
    static func prepare() { _ = single }

    private static let single: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    /// CBLAS takes 32-bit dimensions; a larger one is a programmer's error here.
    static func dimension(_ value: Int) -> Int32 {
        precondition(value >= 0 && value <= Int(Int32.max))
        return Int32(value)
    }
}

/// The processor type for which OpenBLAS chose its kernels, and its version and build options.
///
/// It reads like "SkylakeX, OpenBLAS 0.3.21 …". Last bits may differ between types.
public func coreName() -> String {
    OpenBLAS.prepare()
    let core = unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown"
    let config = unsafe openblas_get_config().map { unsafe String(cString: $0) } ?? "unknown"
    return "\(core), \(config.trimmingSpaces())"
}

extension String {
    fileprivate func trimmingSpaces() -> String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
