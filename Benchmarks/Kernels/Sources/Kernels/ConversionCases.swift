import Linalg

/// Stored elements to Float32 and back.
enum ConversionCases {
    private static let side = 4096
    private static let count = side * side
    private static let twinCount = 1 << 16

    static var all: [KernelCase] {
        [.bfloat16, .float16].flatMap { [decoding($0), encoding($0)] }
    }

    private static func kernel(
        _ name: String, makePair: @escaping () throws -> KernelPair
    ) -> KernelCase {
        KernelCase(
            name: name, shape: "16 Mi elements", flops: 0, bytes: 6 * Double(count),
            twin: "Reference, 64 Ki elements", twinShare: Double(twinCount) / Double(count),
            isQuick: true, makePair: makePair)
    }

    private static func decoding(_ type: ElementType) -> KernelCase {
        kernel("decode \(type.rawValue)") {
            let bytes = randomMatrix().encoded(as: type)
            let patterns = patterns(of: bytes)
            var out = Matrix(rows: side, columns: side)
            return KernelPair(
                fast: {
                    stopwatch {
                        var elements = out.mutableElements
                        unsafe decode(bytes.span.bytes, as: type, into: &elements)
                    }
                },
                twin: {
                    stopwatch {
                        var elements = out.mutableElements
                        for i in patterns.indices {
                            elements[i] = Reference.decode(patterns[i], as: type)
                        }
                    }
                })
        }
    }

    private static func encoding(_ type: ElementType) -> KernelCase {
        kernel("encode \(type.rawValue)") {
            let source = randomMatrix()
            var bytes = [UInt8](repeating: 0, count: 2 * count)
            return KernelPair(
                fast: {
                    stopwatch {
                        var target = bytes.mutableSpan
                        encode(source.elements, as: type, into: &target)
                    }
                },
                twin: {
                    stopwatch {
                        let elements = source.elements
                        for i in 0..<twinCount {
                            let pattern = Reference.encode(elements[i], as: type)
                            bytes[2 * i] = UInt8(truncatingIfNeeded: pattern)
                            bytes[2 * i + 1] = UInt8(truncatingIfNeeded: pattern >> 8)
                        }
                    }
                })
        }
    }

    private static func randomMatrix() -> Matrix {
        var random = SplitMix64(seed: 16)
        return random.nextMatrix(rows: side, columns: side)
    }

    private static func patterns(of bytes: [UInt8]) -> [UInt16] {
        (0..<twinCount).map { UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8 }
    }
}
