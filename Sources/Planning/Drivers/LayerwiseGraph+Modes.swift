import Domain
import Models

extension LayerwiseGraph {
    /// One pass of the uncompressed block gives all Grams and the next block's input.
    mutating func denseBlock(_ block: Int, isLast: Bool) throws {
        let groups = groups(block)
        let taps = groups.map(\.index)
        let end = isLast ? (groups.last?.step ?? 0) : 4
        let passes = try pass(
            block, 0..<end, taps: taps, emitsHidden: !isLast, emitsMiddle: false,
            label: "pass", priority: priority(block, 0, 0), replacing: { _ in nil })
        for group in groups { try solveGroup(block, group, partials: grams(passes, group.index)) }
        hidden = isLast ? [] : outputs(passes, "hidden")
    }

    /// Grams of the uncompressed block on inputs from the compressed prefix, then a second pass
    /// with the compressed weights.
    mutating func blockBlock(_ block: Int, isLast: Bool) throws {
        let groups = groups(block)
        let taps = groups.map(\.index)
        if let end = groups.last?.step {
            let passes = try pass(
                block, 0..<end, taps: taps, emitsHidden: false, emitsMiddle: false,
                label: "observe", priority: priority(block, 0, 0), replacing: { _ in nil })
            for group in groups {
                try solveGroup(block, group, partials: grams(passes, group.index))
            }
        }
        guard !isLast else { return }
        let compressed = self.compressed
        let passes = try pass(
            block, 0..<4, taps: [], emitsHidden: true, emitsMiddle: false, label: "pass",
            priority: priority(block, 9, 0), replacing: { compressed[$0] })
        hidden = outputs(passes, "hidden")
    }

    /// One pass in which the groups of a step are solved as soon as their inputs are complete, then
    /// run compressed. The state between two steps is (hidden, middle).
    mutating func sequentialBlock(_ block: Int, isLast: Bool) throws {
        var middle: [TaskInput.Source] = []
        var start = 0
        // Steps with nothing to compress are run together with the step before them.
        let stops = groups(block)
        for at in Set(stops.map(\.step)).sorted() {
            let compressed = self.compressed
            let here = stops.filter { $0.step == at }
            let isEnd = isLast && at == stops.last?.step
            let advances = at > start
            let before = start
            let passes = try pass(
                block, before..<at, taps: here.map(\.index), middle: middle,
                emitsHidden: advances && !isEnd && Self.changesHidden(before..<at),
                emitsMiddle: advances && !isEnd && at % 2 == 1,
                label: "to.\(at)", priority: priority(block, at, 0),
                replacing: { compressed[$0] })
            if advances, !isEnd {
                if Self.changesHidden(before..<at) { hidden = outputs(passes, "hidden") }
                middle = at % 2 == 1 ? outputs(passes, "middle") : []
            }
            for group in here {
                try solveGroup(block, group, partials: grams(passes, group.index))
            }
            start = at
        }
        guard !isLast else { return }
        let compressed = self.compressed
        let passes = try pass(
            block, start..<4, taps: [], middle: middle, emitsHidden: true, emitsMiddle: false,
            label: "to.4", priority: priority(block, 9, 0), replacing: { compressed[$0] })
        hidden = outputs(passes, "hidden")
    }

    /// Hidden states change where a residual is added: after groups 1 and 3.
    private static func changesHidden(_ groups: Range<Int>) -> Bool {
        groups.contains(1) || groups.contains(3)
    }

    private mutating func pass(
        _ block: Int, _ groups: Range<Int>, taps: [Int], middle: [TaskInput.Source] = [],
        emitsHidden: Bool, emitsMiddle: Bool, label: String, priority: Int,
        replacing replacement: TaskFactory.TensorSource
    ) throws -> [TaskName] {
        guard let shards else { return [] }
        var names: [TaskName] = []
        for (index, sequences) in shards.all.enumerated() {
            let plan = SegmentPlan(
                block: block, groups: groups, taps: taps,
                firstTokenWeight: shards.firstTokenWeight(ofShard: index),
                sequences: SequenceRange(
                    first: 0, count: sequences.count, length: sequences.length),
                hidden: hidden[index], middle: middle.isEmpty ? nil : middle[index],
                emitsHidden: emitsHidden, emitsMiddle: emitsMiddle,
                name: "\(prefix(block))/\(label)/\(Self.padded(index))",
                stage: taps.isEmpty ? "forward" : "calibrate", priority: priority)
            let task = try factory.segment(plan, replacing: replacement)
            tasks.append(task)
            names.append(task.name)
        }
        return names
    }

    private func outputs(_ tasks: [TaskName], _ name: String) -> [TaskInput.Source] {
        tasks.map { .output(task: $0, name: name) }
    }

    private func grams(_ tasks: [TaskName], _ tap: Int) -> [TaskInput.Source] {
        outputs(tasks, TaskNames.gram(tap: tap))
    }
}
