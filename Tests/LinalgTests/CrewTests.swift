import Linalg
import Synchronization
import Testing

/// One counter for each tile.
private final class Tally: Sendable {
    private let counts: Mutex<[Int]>

    init(_ tiles: Int) { counts = Mutex([Int](repeating: 0, count: tiles)) }

    func add(_ tile: Int) { counts.withLock { $0[tile] += 1 } }
    var values: [Int] { counts.withLock { $0 } }
}

@Suite struct `A crew` {
    @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 7, 1000])
    func `does each tile once`(threads: Int, tiles: Int) {
        let crew = Crew(threads: threads)
        #expect(crew.threads == threads)
        for _ in 0..<20 {
            let tally = Tally(tiles)
            crew.run(tiles: tiles) { tally.add($0) }
            #expect(tally.values == [Int](repeating: 1, count: tiles))
        }
    }

    @Test func `does the tiles of a tile where it is`() {
        let crew = Crew(threads: 3)
        let tally = Tally(30)
        crew.run(tiles: 6) { outer in crew.run(tiles: 5) { tally.add(outer * 5 + $0) } }
        #expect(tally.values == [Int](repeating: 1, count: 30))
    }

    @Test func `serves several callers at once`() async {
        let crew = Crew(threads: 2)
        let tally = Tally(400)
        await withTaskGroup(of: Void.self) { group in
            for caller in 0..<4 {
                group.addTask { crew.run(tiles: 100) { tally.add(caller * 100 + $0) } }
            }
        }
        #expect(tally.values == [Int](repeating: 1, count: 400))
    }

    @Test func `can be replaced while it works`() {
        let tally = Tally(50)
        let old = Crew.shared
        old.run(tiles: 50) { tile in
            if tile == 20 { Crew.setThreads(2) }
            Crew.shared.run(tiles: 1) { _ in tally.add(tile) }
        }
        Crew.setThreads(1)
        #expect(tally.values == [Int](repeating: 1, count: 50))
    }

    @Test(arguments: [1, 3, 10, 11, 100])
    func `gives every tile of a span its own elements`(width: Int) {
        let crew = Crew(threads: 2)
        var elements = [Int](repeating: -1, count: 31)
        var span = elements.mutableSpan
        crew.forEachTile(of: &span, width: width) { first, tile in
            for i in tile.indices { tile[i] = first + i }
        }
        #expect(elements == Array(0..<31))
    }

    @Test func `has nothing to do for an empty span`() {
        var elements: [Float] = []
        var span = elements.mutableSpan
        Crew(threads: 2).forEachTile(of: &span, width: 4) { _, _ in }
        #expect(elements.isEmpty)
    }
}
