public import Checkpoints
import Linalg

extension Architecture {
    /// Checks that a checkpoint's tensors are those of this model.
    ///
    /// - Parameter tensors: all tensors of the folder, in any order.
    /// - Throws: `ModelError` naming the first offenders and their number when a tensor is
    ///   missing, has another shape or element type, or is unknown.
    public func validate(tensors: [TensorReference]) throws(ModelError) {
        var present: [String: TensorReference] = [:]
        for tensor in tensors { present[tensor.name] = tensor }
        var missing: [String] = []
        for (name, shape) in expectedTensors() {
            guard let tensor = present.removeValue(forKey: name) else {
                missing.append(name)
                continue
            }
            guard tensor.shape == shape else {
                throw .tensorShape(name: name, expected: shape, found: tensor.shape)
            }
            guard ElementType(rawValue: tensor.elementType) != nil else {
                throw .unexpectedTensors(
                    reason: "'\(name)' is stored as \(tensor.elementType), and only F32, BF16 and "
                        + "F16 are read; start from the uncompressed model"
                )
            }
        }
        guard missing.isEmpty else {
            throw .unexpectedTensors(
                reason: "\(listed(missing)) missing; fetch the whole model"
            )
        }
        let unknown = present.keys.filter { !carriesUnread($0) }.sorted()
        guard unknown.isEmpty else {
            throw .unexpectedTensors(
                reason: "\(listed(unknown)) unknown to the architecture '\(modelType)'; a part of "
                    + "the model would be left out, so it is refused"
            )
        }
    }
}

/// "'a', 'b', 'c' and 9 more are" of a non-empty list.
private func listed(_ names: [String]) -> String {
    let shown = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    let more = names.count - min(names.count, 3)
    return shown + (more > 0 ? " and \(more) more" : "") + (names.count == 1 ? " is" : " are")
}
