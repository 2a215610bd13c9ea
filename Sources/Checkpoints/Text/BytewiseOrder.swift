extension String {
    /// Byte-wise order, as Rust and C sort; Swift's own order depends on Unicode's tables.
    func precedesBytewise(_ other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}
