import Domain
import Testing
import WorkerCore

@Suite struct `A cache` {
    private func moment(_ milliseconds: Int64) -> Moment { Moment(milliseconds: milliseconds) }

    private func cache(_ budget: Int, floor: Int = 0, grace: Int64 = 0) -> CacheCore {
        var cache = CacheCore(
            budgetBytes: budget, floorBytes: floor, graceMilliseconds: grace)
        for number in 1...5 {
            cache.add(Bench.digest(number), bytes: 10, at: moment(Int64(number)))
        }
        return cache
    }

    @Test func `within its budget deletes nothing`() {
        #expect(cache(50).evictions(at: moment(100)) == [])
        #expect(cache(50).totalBytes == 50)
    }

    @Test func `over its budget deletes what was used longest ago`() {
        var cache = cache(30)
        cache.touch(Bench.digest(1), at: moment(50))
        let gone = cache.evictions(at: moment(100))
        #expect(gone == [Bench.digest(2), Bench.digest(3)])
        for digest in gone { cache.remove(digest) }
        #expect(cache.totalBytes == 30)
        #expect(cache.evictions(at: moment(100)) == [])
    }

    @Test func `keeps what is referred to or in use, however full it is`() {
        var cache = cache(0, floor: 1 << 30)
        cache.retain(Bench.digest(1))
        cache.retain(Bench.digest(2))
        cache.release(Bench.digest(2))
        let gone = cache.evictions(freeBytes: 0, pinned: [Bench.digest(3)], at: moment(100))
        #expect(gone == [2, 4, 5].map(Bench.digest))
    }

    @Test func `takes the only copies last`() {
        var cache = CacheCore(budgetBytes: 10, graceMilliseconds: 0)
        cache.add(Bench.digest(1), bytes: 10, isTransient: true, at: moment(1))
        cache.add(Bench.digest(2), bytes: 10, at: moment(2))
        #expect(cache.evictions(at: moment(100)) == [Bench.digest(2)])
    }

    @Test func `spares what was just used unless the disk runs full`() {
        var cache = cache(0, floor: 20, grace: 50)
        cache.touch(Bench.digest(5), at: moment(90))
        #expect(cache.evictions(at: moment(100)) == [1, 2, 3, 4].map(Bench.digest))
        cache.budgetBytes = 1_000
        for number in 1...5 { cache.touch(Bench.digest(number), at: moment(100)) }
        #expect(cache.evictions(freeBytes: 20, at: moment(100)) == [])
        #expect(cache.evictions(freeBytes: 5, at: moment(100)).count == 2)
    }

    @Test func `knows what was verified since the start`() {
        var cache = cache(100)
        #expect(!cache.isVerified(Bench.digest(1)))
        cache.noteVerified(Bench.digest(1))
        #expect(cache.isVerified(Bench.digest(1)))
        cache.remove(Bench.digest(1))
        cache.add(Bench.digest(1), bytes: 10, at: moment(9))
        #expect(!cache.isVerified(Bench.digest(1)))
    }

    @Test func `forgets a damaged blob, and says whether it must be had again`() {
        var cache = cache(100)
        cache.retain(Bench.digest(2))
        #expect(cache.findDamaged(Bench.digest(1)) == .forget)
        #expect(cache.findDamaged(Bench.digest(2)) == .heal)
        #expect(cache.findDamaged(Bench.digest(3), pinned: [Bench.digest(3)]) == .heal)
        #expect(cache.findDamaged(Bench.digest(1)) == .unknown)
        #expect(cache.count == 2)
        #expect(cache.totalBytes == 20)
    }
}
