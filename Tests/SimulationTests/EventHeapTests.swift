import Testing

@Suite struct `The heap of events` {
    @Test func `gives things in the order of their times`() {
        var heap = EventHeap<Int>()
        var random = SeededGenerator(seed: 1)
        var times: [Int64] = []
        for number in 0..<500 {
            let time = Int64(random.pick(0...100))
            times.append(time)
            heap.add(number, at: time, tie: random.next())
            if number % 3 == 0, let first = heap.next() {
                times.remove(at: times.firstIndex(of: first.time) ?? 0)
            }
        }
        var last: Int64 = 0
        while let next = heap.next() {
            #expect(next.time >= last)
            last = next.time
            times.remove(at: times.firstIndex(of: next.time) ?? 0)
        }
        #expect(times.isEmpty)
        #expect(heap.count == 0)
    }

    @Test func `lets the tie decide between equal times`() {
        var heap = EventHeap<String>()
        heap.add("late", at: 5, tie: 2)
        heap.add("early", at: 5, tie: 1)
        #expect(heap.next()?.action == "early")
        #expect(heap.next()?.action == "late")
    }
}
