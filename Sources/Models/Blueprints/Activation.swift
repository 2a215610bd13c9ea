import Linalg

/// What a feed-forward layer does between its projections, elementwise.
enum Activation: Sendable, Hashable {
    case silu, gelu, geluTanh, relu

    /// The activation that transformers knows by a name.
    init(named name: String, field: String) throws(ModelError) {
        switch name {
        case "silu", "swish": self = .silu
        case "gelu": self = .gelu
        case "gelu_new", "gelu_pytorch_tanh": self = .geluTanh
        case "relu": self = .relu
        default:
            throw .unsupportedConfiguration(
                field: field,
                reason: "is '\(name)', and only silu, gelu, gelu_new, gelu_pytorch_tanh and relu "
                    + "are supported"
            )
        }
    }

    func apply(to x: inout Matrix) {
        switch self {
        case .silu: Linalg.silu(&x)
        case .gelu: Linalg.gelu(&x)
        case .geluTanh: Linalg.geluTanh(&x)
        case .relu: rectify(&x)
        }
    }

    /// gate ← activation(gate) · up.
    func apply(toGate gate: inout Matrix, up: borrowing Matrix) {
        if self == .silu {
            siluMultiply(gate: &gate, up: up)
        } else {
            apply(to: &gate)
            multiplyElements(of: &gate, by: up)
        }
    }
}
