/// Why a layer could not be compressed, or why its options are refused.
///
/// Every case that concerns one layer carries that layer's name, so that a report can say where.
public enum MethodError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A setting is out of its bounds, or contradicts another one; fix the recipe.
    case invalidOption(method: String, reason: String)
    /// The layer's shape does not suit the options; fix the recipe or exclude the layer.
    case unsuitableShape(layer: String, outputs: Int, inputs: Int, reason: String)
    /// The method needs a statistic or a factor that was not given; a planner's mistake.
    case missingInput(layer: String, method: String, input: String)
    /// A statistic or a factor has another size than the layer has inputs.
    case dimensionMismatch(layer: String, input: String, expected: Int, found: Int)
    /// The factor was made with another column order than the options ask for.
    case columnOrderMismatch(layer: String, expectsActOrder: Bool)
    /// The weights given contain NaN or infinity; check the checkpoint.
    case weightNotFinite(layer: String)
    /// The statistics given contain NaN, infinity or a negative diagonal; check the calibration.
    case statisticsNotFinite(layer: String, input: String)
    /// No input of the layer is ever different from zero on the calibration data.
    case allColumnsDead(layer: String, dimension: Int)
    /// The damped Gram matrix is not positive definite even at the last damping tried.
    case cannotFactor(layer: String, dimension: Int, minor: Int, dampings: [Double])
    /// The result contains NaN or infinity, so it is refused.
    case notFinite(layer: String)

    public var description: String {
        switch self {
        case .invalidOption(let method, let reason):
            "The options of \(method) are refused: \(reason)."
        case .unsuitableShape(let layer, let outputs, let inputs, let reason):
            "Layer \(layer) (\(outputs) outputs x \(inputs) inputs) cannot be compressed so: "
                + "\(reason)."
        case .missingInput(let layer, let method, let input):
            "Layer \(layer): \(method) needs \(input), which was not given; compute it first."
        case .dimensionMismatch(let layer, let input, let expected, let found):
            "Layer \(layer): \(input) has dimension \(found) but the layer needs \(expected); "
                + "use the statistics of this layer's own inputs."
        case .columnOrderMismatch(let layer, let expectsActOrder):
            "Layer \(layer): the factor must be made \(expectsActOrder ? "with" : "without") "
                + "act-order to match the options; make it again."
        case .weightNotFinite(let layer):
            "Layer \(layer): the weights contain NaN or infinity; check the checkpoint."
        case .statisticsNotFinite(let layer, let input):
            "Layer \(layer): \(input) contains NaN, infinity or a negative square sum; "
                + "check the calibration data and that sums are kept in Float32 or wider."
        case .allColumnsDead(let layer, let dimension):
            "Layer \(layer): all \(dimension) inputs are zero on the calibration data; "
                + "check the calibration or exclude the layer."
        case .cannotFactor(let layer, let dimension, let minor, let dampings):
            "Layer \(layer): the Gram matrix of dimension \(dimension) is not positive definite "
                + "(minor \(minor)) with damping fractions \(dampings); calibrate on more tokens "
                + "or raise the damping."
        case .notFinite(let layer):
            "Layer \(layer): the compressed weights contain NaN or infinity; "
                + "raise the damping or use a method without compensation."
        }
    }
}
