import Foundation

/// How many times as fast as its twin each kernel must be, at least.
struct Bounds {
    private let least: [String: Double]

    init(contentsOf path: String) throws {
        guard let bytes = try? Data(contentsOf: URL(filePath: path)),
            let least = try? JSONDecoder().decode([String: Double].self, from: bytes)
        else { throw BenchError.noBounds(path: path) }
        self.least = least
    }

    subscript(kernel: KernelCase) -> Double? { least[kernel.title] }

    /// A sentence for each bound that belongs to no kernel.
    func strangers(to kernels: [KernelCase]) -> [String] {
        Set(least.keys).subtracting(kernels.map(\.title)).sorted().map {
            "There is a bound for \($0), which is no kernel that is checked."
        }
    }

    /// Two significant digits: more would pretend to be exact.
    static func rounded(_ ratio: Double) -> Double {
        guard ratio > 0 else { return 0 }
        let power = log10(ratio).rounded(.down) - 1
        // Whole powers of ten, so that the result is the nearest to its short decimal.
        let (unit, parts) = (pow(10, max(power, 0)), pow(10, max(-power, 0)))
        return (ratio / unit * parts).rounded() * unit / parts
    }
}
