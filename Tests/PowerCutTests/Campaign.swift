import Foundation

/// Records a workload and looks at images of its disk, made at every moment of it.
struct Campaign {
    var seed: UInt64
    var steps: Int
    var chunked = false
    var isRelaxed = false
    var ignoring = IgnoredSyncs.none
    /// Whether the process is killed in the middle and started again.
    var isKilled = true
    /// About how many images to look at.
    var images: Int
    /// Whether one bad image is enough.
    var stopsAtFirst = false

    /// A folder in memory where there is one, since images live for milliseconds.
    static func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
        let memory = URL(fileURLWithPath: "/dev/shm")
        let isThere = FileManager.default.isWritableFile(atPath: memory.path)
        let folder = (isThere ? memory : FileManager.default.temporaryDirectory)
            .appendingPathComponent("spokeshave-power-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    func run() throws -> Figures {
        try Self.withFolder { folder in
            let work = folder.appendingPathComponent("work")
            try FileManager.default.createDirectory(at: work, withIntermediateDirectories: false)
            var order = WorkloadOrder(folder: work.path, seed: seed, steps: steps)
            order.chunked = chunked
            order.isRelaxed = isRelaxed
            order.killedBefore = isKilled ? steps / 2 : nil
            let operations = try Recorder(in: folder).record(
                order, log: folder.appendingPathComponent("log"))
            try compare(operations, with: work)
            return try inspect(operations, of: order.plan, in: folder)
        }
    }

    /// A recording that leaves something out would prove nothing: with everything done, the
    /// recorded disk must be the real one.
    private func compare(_ operations: [RecordedOperation], with work: URL) throws {
        var disk = RecordedDisk(ignoring: .none)
        for operation in operations { try disk.perform(operation) }
        let recorded = disk.present()
        var real: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: work.path) {
            var isFolder: ObjCBool = false
            let path = work.path + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
                !isFolder.boolValue, "/" + name != RecordedOperation.marksName
            else { continue }
            real["/" + name] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        }
        let names = Set(real.keys).union(recorded.keys).filter { !$0.hasSuffix("-shm") }
        let different = names.filter { real[$0] != recorded[$0] }.sorted()
        guard different.isEmpty else {
            throw RecordingError(description: "not recorded as it is: \(different)")
        }
    }

    private func inspect(
        _ operations: [RecordedOperation], of plan: WorkloadPlan, in folder: URL
    ) throws -> Figures {
        var disk = RecordedDisk(ignoring: ignoring)
        var promises = Promises()
        var random = SplitMix(seed: seed)
        var figures = Figures()
        let digests = BlobDigests(plan)
        let moments = operations.indices.filter { Self.isMoment($0, operations) }
        figures.operations = moments.count
        var due = 0
        var next = moments.makeIterator()
        var moment = next.next()
        var passed = 0
        for index in operations.indices {
            try disk.perform(operations[index])
            if case .mark(let text) = operations[index] { promises.hear(text) }
            guard index == moment else { continue }
            moment = next.next()
            passed += 1
            // Evenly spread: never fewer images than moments times the share so far.
            let wanted = images * passed / moments.count
            var number = 0
            while due < wanted {
                let seed = random.next()
                let complaints = try inspect(
                    disk, number, seed, promises: promises, plan, digests, folder)
                figures.count(complaints, image: "operation \(index), image \(number)")
                if stopsAtFirst && !complaints.isEmpty { return figures }
                due += 1
                number += 1
            }
        }
        guard promises.hasEnded else { throw RecordingError(description: "it never ended") }
        return figures
    }

    /// A cut just before a mark is like one just after it, with less to ask for.
    private static func isMoment(_ index: Int, _ operations: [RecordedOperation]) -> Bool {
        guard index + 1 < operations.count, case .mark = operations[index + 1] else {
            return true
        }
        return false
    }

    private func inspect(
        _ disk: RecordedDisk, _ number: Int, _ seed: UInt64, promises: Promises,
        _ plan: WorkloadPlan, _ digests: BlobDigests, _ folder: URL
    ) throws -> [ImageInspection.Complaint] {
        let target = folder.appendingPathComponent("image")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: target) }
        // Of few images one in two is the strictest one, which forgives nothing.
        let kind = number > 0 ? number : [0, 0, 1, 2][Int(seed % 4)]
        var image = CrashImage(number: stopsAtFirst ? number : kind, seed: seed)
        try image.write(disk, to: target.path)
        return ImageInspection(
            folder: target, plan: plan, digests: digests, promises: promises
        ).complaints()
    }
}
