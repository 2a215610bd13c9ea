import Domain
import Models

/// A part of a block that one task runs over one shard.
struct SegmentPlan: Sendable {
    let block: Int
    /// Steps of the block.
    let groups: Range<Int>
    /// Indices of groups.
    let taps: [Int]
    /// How many times the first token of a sequence counts in the taps' Grams; nil is once.
    var firstTokenWeight: Double?
    let sequences: SequenceRange
    /// The block's input at the segment's start.
    let hidden: TaskInput.Source
    /// Attention's or the MLP's intermediate, where the segment starts inside one.
    let middle: TaskInput.Source?
    /// Which outputs later tasks read.
    let emitsHidden: Bool
    let emitsMiddle: Bool
    let name: String
    let stage: String
    let priority: Int
}

extension TaskFactory {
    func segment(
        _ plan: SegmentPlan, replacing replacement: TensorSource
    ) throws -> TaskDescription {
        let tensors = architecture.segmentTensors(
            block: plan.block, groups: plan.groups, taps: plan.taps)
        var inputs = [configurationInput, TaskInput("hidden", plan.hidden)]
        if let middle = plan.middle { inputs.append(TaskInput("middle", middle)) }
        inputs += try tensorInputs(tensors, replacing: replacement)
        var outputs: [OutputDeclaration] = []
        if plan.emitsHidden { outputs.append(OutputDeclaration("hidden", .transient)) }
        if plan.emitsMiddle { outputs.append(OutputDeclaration("middle", .transient)) }
        outputs += plan.taps.map { OutputDeclaration(TaskNames.gram(tap: $0), .transient) }
        let parameters = RunSegmentParameters(
            block: plan.block, firstGroup: plan.groups.lowerBound,
            lastGroup: plan.groups.upperBound, taps: plan.taps, sequences: plan.sequences,
            tensors: try forms(tensors), states: states.elementType,
            firstTokenWeight: plan.taps.isEmpty ? nil : plan.firstTokenWeight)
        return TaskDescription(
            name: TaskName(plan.name), kind: TaskNames.runSegment, version: 3,
            parameters: try CanonicalJSON.encode(parameters), inputs: inputs, outputs: outputs,
            stage: plan.stage, priority: plan.priority, cost: cost(of: plan))
    }

    private func cost(of plan: SegmentPlan) -> TaskCost {
        let tokens = plan.sequences.tokens
        let length = plan.sequences.length
        var flops = architecture.segmentFlops(
            block: plan.block, groups: plan.groups, tokens: tokens, sequenceLength: length)
        var memory = architecture.segmentWorkingBytes(
            block: plan.block, groups: plan.groups,
            tokens: BlockBatch.tokens(length: length, count: plan.sequences.count),
            sequenceLength: length)
        var output = 0
        let linearGroups = architecture.linearGroups(inBlock: plan.block)
        let dimensions = linearGroups.map(\.inputs)
        for tap in plan.taps {
            let dimension = dimensions[tap]
            flops += Double(tokens) * Double(dimension) * Double(dimension)
            memory += linearGroups[tap].gramWorkingBytes
            output += dimension * (dimension + 1) / 2 * 4
        }
        let row = tokens * states.byteCount
        if plan.emitsHidden { output += row * architecture.hiddenSize }
        if plan.emitsMiddle {
            output +=
                row
                * architecture.middleWidth(inBlock: plan.block, boundary: plan.groups.upperBound)
        }
        return TaskCost(flops: flops, memoryBytesMax: memory + 44 << 20, outputBytes: output)
    }

    func reduceGram(
        dimension: Int, partials: [TaskInput.Source], name: String, priority: Int
    ) throws -> TaskDescription {
        let triangle = dimension * (dimension + 1) / 2
        let inputs = partials.enumerated().map { TaskInput(TaskNames.partial($0), $1) }
        let parameters = ReduceGramParameters(dimension: dimension, partials: partials.count)
        return TaskDescription(
            name: TaskName(name), kind: TaskNames.reduceGram, version: 1,
            parameters: try CanonicalJSON.encode(parameters), inputs: inputs,
            outputs: [OutputDeclaration("gram", .cached)], stage: "reduce", priority: priority,
            cost: TaskCost(
                flops: Double(triangle * partials.count),
                memoryBytesMax: 32 << 20 + triangle * 8, outputBytes: triangle * 4))
    }

    func factorGram(
        _ parameters: FactorGramParameters, gram: TaskInput.Source, name: String, priority: Int
    ) throws -> TaskDescription {
        let dimension = Double(parameters.dimension)
        let square = parameters.dimension * parameters.dimension * 4
        return TaskDescription(
            name: TaskName(name), kind: TaskNames.factorGram, version: 2,
            parameters: try CanonicalJSON.encode(parameters), inputs: [TaskInput("gram", gram)],
            outputs: [OutputDeclaration("factor", .cached)], stage: "factor", priority: priority,
            cost: TaskCost(
                flops: dimension * dimension * dimension * 2 / 3,
                // In place, but for a second square while columns are sorted.
                memoryBytesMax: 16 << 20 + square * (parameters.actOrder ? 2 : 1)
                    + parameters.dimension * 2_048, outputBytes: square / 2))
    }
}
