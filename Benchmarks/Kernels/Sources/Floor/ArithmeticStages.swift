import Linalg

/// Matrix products, Grams, and the way to memory.
enum ArithmeticStages {
    static var all: [FloorStage] {
        [(512, 576, 576), (2048, 1536, 576), (2048, 576, 1536), (2048, 4096, 4096)].map(product)
            + [product(2048, 14_336, 4096)]
            + [576, 1536, 2048, 4096].map(gram) + [addition, scaledAddition]
    }

    /// m × n ← m × k · (n × k)ᵀ, as a linear layer has it.
    private static func product(_ m: Int, _ n: Int, _ k: Int) -> FloorStage {
        let flops = 2 * Double(m) * Double(n) * Double(k)
        return FloorStage(
            name: "sgemm", shape: "\(m) × \(n) × \(k)", unit: "GFLOP/s", amount: flops / 1e9,
            rounds: flops > 5e10 ? 3 : 5
        ) { lane in
            let work = ProductWork(m, n, k, seed: UInt64(lane))
            return { work.run() }
        }
    }

    private static func gram(_ d: Int) -> FloorStage {
        let rows = 2048
        let flops = Double(rows) * Double(d) * Double(d + 1)
        return FloorStage(
            name: "Gram", shape: "\(rows) × \(d)", unit: "GFLOP/s", amount: flops / 1e9
        ) { lane in
            let work = GramWork(rows: rows, dimension: d, seed: UInt64(lane))
            return { work.run() }
        }
    }

    private static var addition: FloorStage {
        let work = MemoryWork.self
        return FloorStage(
            name: "add", shape: "\(work.elements >> 20) Mi elements", unit: "GB/s",
            amount: 12 * Double(work.elements) / 1e9
        ) { _ in
            let work = MemoryWork()
            return { work.add() }
        }
    }

    private static var scaledAddition: FloorStage {
        let work = MemoryWork.self
        return FloorStage(
            name: "addScaled", shape: "\(work.elements >> 20) Mi elements", unit: "GB/s",
            amount: 12 * Double(work.elements) / 1e9
        ) { _ in
            let work = MemoryWork()
            return { work.addScaled() }
        }
    }
}

/// Operands of one product.
final class ProductWork {
    private let x: Matrix
    private let weight: Matrix
    private var out: Matrix

    init(_ m: Int, _ n: Int, _ k: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        x = random.nextMatrix(rows: m, columns: k)
        weight = random.nextMatrix(rows: n, columns: k)
        out = Matrix(rows: m, columns: n)
    }

    func run() { applyLinear(x, weight: weight, into: &out) }
}

private final class GramWork {
    private let x: Matrix
    private var sum: GramAccumulator

    init(rows: Int, dimension: Int, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        x = random.nextMatrix(rows: rows, columns: dimension)
        sum = GramAccumulator(dimension: dimension)
    }

    func run() { sum.add(rows: x) }
}

/// Two arrays far larger than any cache.
final class MemoryWork {
    /// 256 MiB each.
    static let elements = 64 << 20
    private let x: Matrix
    private var y: Matrix

    init() {
        x = Matrix(rows: 4096, columns: Self.elements / 4096)
        y = Matrix(rows: 4096, columns: Self.elements / 4096)
    }

    func add() { Linalg.add(x, to: &y) }

    func addScaled() { addHalf(x, to: &y) }
}

private func addHalf(_ x: borrowing Matrix, to y: inout Matrix) {
    var target = y.mutableElements
    addScaled(0.5, x.elements, to: &target)
}
