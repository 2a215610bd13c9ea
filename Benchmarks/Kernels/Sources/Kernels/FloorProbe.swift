/// The machine's rates at this moment, on one thread.
final class FloorProbe {
    /// What a kernel waits for.
    enum Bound: String {
        case arithmetic = "sgemm"
        case memory
    }

    private let product = ProductWork(1024, 1536, 1536, seed: 1)
    private static let productFlops = 2.0 * 1024 * 1536 * 1536
    private let memory = MemoryWork()
    private var firstRates = (flops: 0.0, bytes: 0.0)

    init() {
        // The first calls meet cold caches and pages that are not there yet.
        product.run()
        memory.addScaled()
        firstRates = (flopRate(), byteRate())
    }

    /// Operations a second of a matrix product.
    func flopRate() -> Double { Self.productFlops / stopwatch(product.run) }

    /// Bytes a second of `addScaled`, 12 an element.
    func byteRate() -> Double { 12 * Double(MemoryWork.elements) / stopwatch(memory.addScaled) }

    /// What takes longer: the operations or the bytes.
    func bound(flops: Double, bytes: Double) -> Bound {
        flops / firstRates.flops > bytes / firstRates.bytes ? .arithmetic : .memory
    }

    /// Seconds for operations or bytes at the present rate.
    func seconds(flops: Double, bytes: Double, bound: Bound) -> Double {
        switch bound {
        case .arithmetic: flops / flopRate()
        case .memory: bytes / byteRate()
        }
    }

}
