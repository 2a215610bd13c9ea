import Blobs
import Domain
import Foundation
import Linalg

/// Behaves as its parameters say: sleeps, takes memory, writes bytes, fails, crashes or hangs.
///
/// For acceptance, load and chaos tests; it touches nothing but its own process and its output.
enum DrillTask: TaskKind {
    static let name = TaskNames.drill
    static let version = 1

    /// What is allocated at a time on the way to the end.
    private static let gulpBytes = 16 << 20
    private static let pieceBytes = 1 << 20

    static func run(_ context: TaskContext) throws -> [UInt8] {
        let parameters = try context.parameters(DrillParameters.self)
        guard parameters.isWithinBounds else {
            throw TaskError.badParameters(kind: name, problem: "a number is out of bounds.")
        }
        try behave(parameters)
        let ballast = [UInt8](repeating: 1, count: parameters.allocateBytes)
        if parameters.milliseconds > 0 {
            Thread.sleep(forTimeInterval: Double(parameters.milliseconds) / 1_000)
        }
        try withExtendedLifetime(ballast) { try write(parameters, context) }
        return Array("{}".utf8)
    }

    private static func behave(_ parameters: DrillParameters) throws {
        switch parameters.behaviour {
        case .succeed, .differ: return
        case .fail: throw TaskError.data("The drill failed, as it was told to.")
        case .crash: abort()
        case .exitSilently: exit(0)
        case .hang:
            while true { Thread.sleep(forTimeInterval: 60) }
        case .allocateUntilKilled: try allocate(upTo: parameters.allocateBytes)
        }
    }

    private static func allocate(upTo bound: Int) throws {
        var held: [[UInt8]] = []
        while held.count * gulpBytes < bound {
            // Filled, because only pages that were written count.
            held.append([UInt8](repeating: UInt8(truncatingIfNeeded: held.count), count: gulpBytes))
        }
        throw TaskError.data("Nothing stopped the drill from taking \(bound) bytes of memory.")
    }

    private static func write(_ parameters: DrillParameters, _ context: TaskContext) throws {
        guard context.wants("data") else { return }
        var seed = parameters.seed
        for index in 0..<parameters.inputs {
            let input = try context.open(TaskNames.drillInput(index))
            for byte in input.copy(0..<min(8, input.byteCount)) {
                seed = (seed ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
            }
        }
        if parameters.behaviour == .differ { seed = UInt64.random(in: 0...UInt64.max) }
        var generator = SplitMix64(seed: seed)
        let writer = try context.writer(for: "data", bytes: parameters.outputBytes)
        var left = parameters.outputBytes
        while left > 0 {
            let count = min(left, pieceBytes)
            try writer.append(bytes(count, from: &generator))
            left -= count
        }
        try context.finish(writer, as: "data")
    }

    private static func bytes(_ count: Int, from generator: inout SplitMix64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            var word = generator.next()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
