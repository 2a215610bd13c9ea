public import Domain

/// Sets of layers that serving engines multiply with as one, so that they need one scheme.
public enum FusedSets {
    /// The last parts of names that belong together, of all architectures that are known here.
    static let sets = [
        ["q_proj", "k_proj", "v_proj"], ["gate_proj", "up_proj"], ["w1", "w3"],
    ]

    /// What keeps engines that fuse layers (vLLM, SGLang) from loading a checkpoint.
    ///
    /// - Parameter schemes: the scheme of each linear layer by name; nil for one that stays
    ///   dense. Layers that are not listed count as not there.
    /// - Returns: one sentence for each fused set whose members differ, sorted; empty when all is
    ///   well.
    public static func problems(_ schemes: [String: QuantizationScheme?]) -> [String] {
        var members: [String: [(layer: String, scheme: QuantizationScheme?)]] = [:]
        for (layer, scheme) in schemes {
            let parts = layer.split(separator: ".", omittingEmptySubsequences: false)
            guard let last = parts.last.map(String.init),
                let set = sets.firstIndex(where: { $0.contains(last) })
            else { continue }
            let parent = parts.dropLast().joined(separator: ".")
            members["\(parent) \(set)", default: []].append((layer, scheme))
        }
        return members.values.compactMap(problem).sorted { $0.precedesBytewise($1) }
    }

    private static func problem(
        _ members: [(layer: String, scheme: QuantizationScheme?)]
    ) -> String? {
        // How columns were ordered while the codes were found changes nothing for a kernel.
        let forms = Set(members.map { $0.scheme.map(Form.init) })
        guard forms.count > 1 else { return nil }
        let list = members.sorted { $0.layer.precedesBytewise($1.layer) }
            .map { "\($0.layer) (\($0.scheme?.title ?? "dense"))" }.joined(separator: ", ")
        return "These layers are multiplied with as one when the model is served, and need one "
            + "scheme: \(list)."
    }

    /// What a kernel needs to know of a scheme.
    private struct Form: Hashable {
        let bits: Int
        let groupSize: Int?
        let isSymmetric: Bool
        let hasGroupIndex: Bool

        init(_ scheme: QuantizationScheme) {
            (bits, groupSize) = (scheme.bits, scheme.groupSize)
            isSymmetric = scheme.isSymmetric
            hasGroupIndex = scheme.activationOrder == .group
        }
    }
}
