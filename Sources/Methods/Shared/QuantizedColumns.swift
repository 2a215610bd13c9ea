import Linalg

/// Codes and group parameters of a layer while they are being made.
///
/// Parameters are kept groups x outputs, so that one column finds the parameters of all outputs
/// in a contiguous run; codes are kept outputs x inputs in the original column order.
struct QuantizedColumns {
    let outputs: Int
    let inputs: Int
    let groups: Int
    var codes: [UInt8]
    private(set) var scales: [Float]
    private(set) var zeros: [Float]
    private let quantizer: UniformQuantizer
    private var scratch: [Float] = []

    init(outputs: Int, inputs: Int, options: QuantizationOptions) {
        self.outputs = outputs
        self.inputs = inputs
        groups = options.groupCount(inputs: inputs)
        quantizer = UniformQuantizer(options)
        codes = [UInt8](repeating: 0, count: outputs * inputs)
        scales = [Float](repeating: 0, count: groups * outputs)
        zeros = [Float](repeating: 0, count: groups * outputs)
    }

    /// Finds a group's parameters from the given columns of a matrix outputs x inputs.
    mutating func fit(group: Int, from weight: borrowing Matrix, columns: Range<Int>) {
        precondition(weight.rows == outputs)
        for output in 0..<outputs {
            let row = weight.row(output).extracting(columns)
            record(quantizer.fit(row, scratch: &scratch), group: group, output: output)
        }
    }

    /// Finds a group's parameters from the given rows of a transposed block, columns x outputs.
    mutating func fit(group: Int, fromBlock block: borrowing Matrix, rows: Range<Int>) {
        precondition(block.columns == outputs)
        var gathered = [Float](repeating: 0, count: rows.count)
        let elements = block.elements
        for output in 0..<outputs {
            for (i, row) in rows.enumerated() { gathered[i] = elements[row * outputs + output] }
            let parameters = quantizer.fit(gathered.span, scratch: &scratch)
            record(parameters, group: group, output: output)
        }
    }

    private mutating func record(_ p: UniformQuantizer.Parameters, group: Int, output: Int) {
        scales[group * outputs + output] = p.scale
        zeros[group * outputs + output] = p.zero
    }

    /// Quantises all columns of one output, in groups of `width`, and records the codes.
    mutating func quantize(
        row: Span<Float>, output: Int, width: Int, into values: inout MutableSpan<Float>
    ) {
        var rowScales = [Float](repeating: 0, count: inputs)
        var rowZeros = [Float](repeating: 0, count: inputs)
        for column in 0..<inputs {
            let index = column / width * outputs + output
            rowScales[column] = scales[index]
            rowZeros[column] = zeros[index]
        }
        var rowCodes = [UInt8](repeating: 0, count: inputs)
        var target = rowCodes.mutableSpan
        roundToGrid(
            row, scales: rowScales.span, zeros: rowZeros.span,
            maximumCode: quantizer.maximumCode, codes: &target, values: &values)
        codes.replaceSubrange(output * inputs..<(output + 1) * inputs, with: rowCodes)
    }

    /// Quantises one column, one value of each output, with the parameters of a group.
    func quantize(
        _ current: Span<Float>, group: Int, into chosen: inout MutableSpan<Float>,
        codes: inout MutableSpan<UInt8>
    ) {
        let run = group * outputs..<(group + 1) * outputs
        roundToGrid(
            current, scales: scales.span.extracting(run), zeros: zeros.span.extracting(run),
            maximumCode: quantizer.maximumCode, codes: &codes, values: &chosen)
    }

    /// The scales as outputs x groups.
    var scalesByOutput: [Float] { byOutput(scales) }
    /// The zero codes as outputs x groups.
    var zerosByOutput: [Float] { byOutput(zeros) }

    private func byOutput(_ values: [Float]) -> [Float] {
        var result = [Float](repeating: 0, count: values.count)
        for group in 0..<groups {
            for output in 0..<outputs {
                result[output * groups + group] = values[group * outputs + output]
            }
        }
        return result
    }
}
