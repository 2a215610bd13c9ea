import Domain
import Linalg

extension QuantizedLinear {
    /// Refuses extents that are not positive or beyond the limits.
    static func checkExtents(
        outputs: Int, inputs: Int, layer: String
    ) throws(CheckpointError) {
        // Two extents of at most 2^24 cannot overflow a product.
        guard (1...extentMax).contains(outputs), (1...extentMax).contains(inputs),
            outputs * inputs <= weightsMax
        else {
            throw .malformedLayer(
                layer: layer,
                reason: "\(outputs) × \(inputs) weights are not within the limits of \(extentMax) "
                    + "for an extent and \(weightsMax) for all")
        }
    }

    func checkCounts(groups: Int, layer: String) throws(CheckpointError) {
        let counts = [
            ("codes", codes.count, outputs * inputs), ("scales", scales.count, outputs * groups),
            ("zero codes", zeros.count, outputs * groups),
        ]
        for (what, found, expected) in counts where found != expected {
            throw .malformedLayer(
                layer: layer,
                reason: "it has \(found) \(what) and \(outputs) × \(inputs) weights with "
                    + "\(scheme.title) need \(expected)")
        }
    }

    // `given` are the scales before they were rounded, for the message.
    func checkNumbers(given: [Float], layer: String) throws(CheckpointError) {
        let maximum = scheme.maximumCode
        for (what, numbers) in [("code", codes), ("zero code", zeros)] {
            guard numbers.reduce(0, |) > maximum, let large = numbers.first(where: { $0 > maximum })
            else { continue }
            throw .malformedLayer(
                layer: layer,
                reason: "it has the \(what) \(large) and \(scheme.bits) bits end at \(maximum)")
        }
        if let index = scales.firstIndex(where: { !$0.isFinite || $0 == 0 }) {
            throw .malformedLayer(
                layer: layer,
                reason: "the scale of output \(index / groups), group \(index % groups) is "
                    + "\(given[index]), which is \(scales[index]) as \(scaleType.rawValue); scales "
                    + "must be finite and not zero")
        }
        let middle = scheme.middleCode
        if scheme.isSymmetric, let index = zeros.firstIndex(where: { $0 != middle }) {
            throw .malformedLayer(
                layer: layer,
                reason: "its grid is called symmetric and output \(index / groups), group "
                    + "\(index % groups) has the zero code \(zeros[index]) instead of \(middle)")
        }
    }

    func checkGroupIndex(groups: Int, layer: String) throws(CheckpointError) {
        guard (groupIndex != nil) == (scheme.activationOrder == .group) else {
            throw .malformedLayer(
                layer: layer,
                reason: groupIndex == nil
                    ? "its columns were grouped by activation and its group index is missing"
                    : "it has a group index and its columns were not grouped by activation")
        }
        guard let groupIndex else { return }
        guard groupIndex.count == inputs else {
            throw .malformedLayer(
                layer: layer,
                reason: "its group index has \(groupIndex.count) entries for \(inputs) inputs")
        }
        if let wrong = groupIndex.first(where: { !(0..<Int32(groups)).contains($0) }) {
            throw .malformedLayer(
                layer: layer,
                reason: "its group index names group \(wrong) and there are \(groups) groups")
        }
    }
}
