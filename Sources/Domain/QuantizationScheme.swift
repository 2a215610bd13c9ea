/// How the weights of a layer are quantised: what two layers share that a kernel can fuse.
public struct QuantizationScheme: Sendable, Codable, Hashable {
    /// What the order of columns by activation had to do with the groups; the raw values are
    /// those of compressed-tensors' `actorder`.
    public enum ActivationOrder: String, Sendable, Codable, Hashable, CaseIterable {
        /// Columns were processed from left to right, or in no order at all.
        case none
        /// Columns were processed by activation; groups are runs of the natural columns.
        case weight
        /// Groups are runs of the sorted columns, so each column carries its group's index.
        case group
    }

    /// Bits of a code, 2 to 8.
    public let bits: Int
    /// Inputs of a group, at least 1; nil means one group for each output ("channel", or -1).
    public let groupSize: Int?
    /// Whether the code that stands for zero is 2^(bits-1) everywhere.
    public let isSymmetric: Bool
    /// How groups and columns belong together; the default is `none`.
    public let activationOrder: ActivationOrder

    /// Describes a scheme; `bits` must be 2 to 8 and `groupSize` at least 1 or nil.
    public init(
        bits: Int, groupSize: Int?, isSymmetric: Bool, activationOrder: ActivationOrder = .none
    ) {
        precondition((2...8).contains(bits))
        precondition(groupSize.map { $0 >= 1 } ?? true)
        self.bits = bits
        self.groupSize = groupSize
        self.isSymmetric = isSymmetric
        self.activationOrder = activationOrder
    }

    /// The largest code: 2^bits - 1.
    public var maximumCode: UInt8 { UInt8((1 << bits) - 1) }
    /// The code that stands for zero on a symmetric grid: 2^(bits-1).
    public var middleCode: UInt8 { UInt8(1 << (bits - 1)) }

    /// The number of groups of an output with `inputs` inputs; the last one may be short.
    public func groupCount(inputs: Int) -> Int {
        guard let groupSize, groupSize < inputs else { return 1 }
        return (inputs - 1) / groupSize + 1
    }

    /// The scheme in a few words, for messages: "4 bits, groups of 128, symmetric".
    public var title: String {
        let groups = groupSize.map { "groups of \($0)" } ?? "one group for each output"
        let order = activationOrder == .group ? ", columns with a group index" : ""
        return "\(bits) bits, \(groups), \(isSymmetric ? "symmetric" : "asymmetric")\(order)"
    }
}
