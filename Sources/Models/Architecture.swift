public import Linalg

/// What a family of transformers looks like: its layers, their tensors, and how to run them.
public protocol Architecture: Sendable {
    /// The `model_type` of the configuration.
    var modelType: String { get }
    /// The width of the hidden state.
    var hiddenSize: Int { get }
    /// The number of rows of the embedding.
    var vocabularySize: Int { get }
    /// The number of blocks.
    var blockCount: Int { get }
    /// The longest sequence in tokens.
    var maximumPositions: Int { get }

    /// The groups of linear layers of a block, in the order of execution.
    func linearGroups(inBlock block: Int) -> [LinearGroup]

    /// Every tensor that must be present, with its shape, in the order of execution.
    func expectedTensors() -> [(name: String, shape: [Int])]

    /// The columns of the middle state of a block at boundary 1 or 3; 0 at 0, 2 and 4.
    func middleWidth(inBlock block: Int, boundary: Int) -> Int

    /// Whether a tensor that is not expected may be present and is to be carried along unread.
    func carriesUnread(_ tensor: String) -> Bool

    /// The tensors that `embed` reads.
    var embeddingTensors: [String] { get }

    /// The tensors that `makeHead` reads: the final norm, then the output or tied embedding; none
    /// for an encoder, which has no head.
    var headTensors: [String] { get }

    /// Exactly the tensors that `makeSegment` reads for the same arguments.
    func segmentTensors(block: Int, groups: Range<Int>, taps: [Int]) -> [String]

    /// Looks tokens up in the embedding, row by row.
    ///
    /// - Parameters:
    ///   - tokens: T ids.
    ///   - tensors: gives the rows of the embedding.
    /// - Returns: T × hidden size, the first block's input.
    /// - Throws: `ModelError.tokenOutOfRange`, and what the provider throws.
    func embed(tokens: [Int32], from tensors: any TensorProvider) throws -> Matrix

    /// Loads the weights of some steps of a block.
    ///
    /// - Parameters:
    ///   - block: the block, from zero.
    ///   - groups: the steps i..<j in 0...4; may be empty to get only taps at i.
    ///   - taps: the indices of groups whose linear input is wanted, at a step k with i ≤ k ≤ j.
    ///   - tensors: gives the tensors named by `segmentTensors`; used only during this call.
    /// - Returns: the segment with its weights in memory.
    /// - Throws: `ModelError` for tensors of a wrong shape, and what the provider throws.
    func makeSegment(
        block: Int,
        groups: Range<Int>,
        taps: [Int],
        tensors: any TensorProvider
    ) throws -> any BlockSegment

    /// Loads the final norm and the projection onto the vocabulary.
    ///
    /// - Throws: `ModelError` for tensors of a wrong shape and for an encoder, and what the
    ///   provider throws.
    func makeHead(tensors: any TensorProvider) throws -> any ModelHead

    /// Floating-point operations of running groups over tokens in sequences of a length.
    func segmentFlops(
        block: Int,
        groups: Range<Int>,
        tokens: Int,
        sequenceLength: Int
    ) -> Double

    /// Floating-point operations of the head over tokens.
    func headFlops(tokens: Int) -> Double

    /// Peak bytes of running groups over a batch of tokens: input, scratch and Float32 weights.
    func segmentWorkingBytes(
        block: Int, groups: Range<Int>, tokens: Int, sequenceLength: Int
    ) -> Int

    /// Peak bytes of the head over so many rows: input, scratch and Float32 weights.
    func headWorkingBytes(tokens: Int) -> Int
}

extension Architecture {
    /// The number of elements of the tensors that must be present.
    public var parameterCount: Int {
        expectedTensors().reduce(0) { $0 + $1.shape.reduce(1, *) }
    }

    /// Every linear layer of a block, in the order of execution.
    public func linears(inBlock block: Int) -> [LinearLayer] {
        linearGroups(inBlock: block).flatMap(\.linears)
    }
}
