extension Crew {
    /// Calls `body` once for each tile of `width` neighbouring elements; the last may be shorter.
    ///
    /// - Parameters:
    ///   - elements: cut into tiles from the first one on.
    ///   - width: elements of a tile, 1 or more; chosen by the shape of the work alone.
    ///   - body: receives the index of the tile's first element, and the tile for writing.
    public func forEachTile<Element: BitwiseCopyable>(
        of elements: inout MutableSpan<Element>,
        width: Int,
        _ body: @Sendable (Int, inout MutableSpan<Element>) -> Void
    ) {
        precondition(width > 0)
        let count = elements.count
        unsafe elements.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            // Tiles do not overlap, so each thread writes to elements of its own.
            nonisolated(unsafe) let base = unsafe start
            run(tiles: tileCount(count, width)) { tile in
                let first = tile * width
                let length = min(width, count - first)
                var span = unsafe MutableSpan(_unsafeStart: base + first, count: length)
                body(first, &span)
            }
        }
    }
}

/// How many tiles of at most `width` cover `count` elements.
func tileCount(_ count: Int, _ width: Int) -> Int { (count + width - 1) / width }

/// The elements of one tile of `width` within `range`.
func tileRange(_ tile: Int, _ width: Int, in range: Range<Int>) -> Range<Int> {
    let first = range.lowerBound + tile * width
    return first..<min(first + width, range.upperBound)
}
