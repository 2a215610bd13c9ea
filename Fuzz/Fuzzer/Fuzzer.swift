import CFuzzer
import Foundation
import FuzzTargets
import Strangers

/// A reader, and how to feed it.
private struct Subject {
    let seeds: () throws -> [[UInt8]]
    let reads: ([UInt8]) throws -> Bool
    let mutated: ([UInt8], inout Mutator) -> [UInt8]
    let memoryBytesMax: Int

    init?(_ name: String) {
        if let target = FuzzTarget(rawValue: name) {
            (seeds, reads) = (target.seeds, target.reads)
            mutated = { $1.mutated($0, of: target) }
            memoryBytesMax = target.memoryBytesMax
        } else if let target = StrangerTarget(rawValue: name) {
            (seeds, reads) = (target.seeds, target.reads)
            mutated = { target.mutated($0, with: &$1) }
            // What strangers may make the coordinator allocate, all of them together, is 10 MB.
            memoryBytesMax = 10 << 20
        } else {
            return nil
        }
    }
}

/// The reader that FUZZ_TARGET names.
nonisolated(unsafe) private let target: Subject = {
    let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
    guard let target = Subject(name) else {
        let known = FuzzTarget.allCases.map(\.rawValue) + StrangerTarget.allCases.map(\.rawValue)
        say(known.joined(separator: "\n"))
        exit(2)
    }
    return target
}()

private func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}

/// Not the wall's clock: the machine may be busy with other things.
private func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

/// What libFuzzer calls first: with FUZZ_SEEDS the seeds are written to that folder, and that is all.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?
) -> CInt {
    guard let folder = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] else {
        // Whatever is made once, when first needed, is no input's fault.
        for seed in (try? target.seeds()) ?? [] { _ = try? target.reads(seed) }
        return 0
    }
    do {
        for (index, seed) in try target.seeds().enumerated() {
            try Data(seed).write(to: URL(filePath: folder).appending(path: "made-\(index)"))
        }
    } catch {
        say("The seeds cannot be written: \(error)")
        exit(1)
    }
    exit(0)
}

/// Reads one input within the limits of memory and time.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    fuzz_limit_memory(target.memoryBytesMax)
    let start = processorSeconds()
    do {
        _ = try target.reads(bytes)
    } catch {
        say("FINDING: \(error)")
        abort()
    }
    fuzz_limit_memory(-1)
    let seconds = processorSeconds() - start
    if seconds > 2 {
        say("FINDING: it took \(seconds) s of processor time")
        abort()
    }
    return 0
}

/// Half of the changes know the form of the bytes, half are libFuzzer's own.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(
    _ data: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: CUnsignedInt
) -> Int {
    guard let data else { return 0 }
    guard seed & 1 == 0 else { return LLVMFuzzerMutate(data, count, capacity) }
    var mutator = Mutator(seed: UInt64(seed), bytesMax: capacity)
    let bytes = target.mutated(
        Array(UnsafeBufferPointer(start: data, count: count)), &mutator)
    let length = min(bytes.count, capacity)
    for index in 0..<length { data[index] = bytes[index] }
    return length
}
