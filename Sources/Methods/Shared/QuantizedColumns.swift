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
    let quantizer: UniformQuantizer

    init(outputs: Int, inputs: Int, options: QuantizationOptions) {
        self.outputs = outputs
        self.inputs = inputs
        groups = options.groupCount(inputs: inputs)
        quantizer = UniformQuantizer(options)
        codes = [UInt8](repeating: 0, count: outputs * inputs)
        scales = [Float](repeating: 0, count: groups * outputs)
        zeros = [Float](repeating: 0, count: groups * outputs)
    }

    /// 2^bits - 1.
    var maximumCode: UInt8 { quantizer.maximumCode }

    /// Finds a group's parameters from the given columns of a matrix outputs x inputs.
    mutating func fit(group: Int, from weight: borrowing Matrix, columns: Range<Int>) {
        precondition(weight.rows == outputs)
        let none = UniformQuantizer.Parameters(scale: 0, zero: 0)
        var found = [UniformQuantizer.Parameters](repeating: none, count: outputs)
        var target = found.mutableSpan
        let quantizer = quantizer
        Crew.shared.forEachTile(of: &target, width: 16) { first, tile in
            var scratch: [Float] = []
            for i in tile.indices {
                let row = weight.row(first + i).extracting(columns)
                tile[i] = quantizer.fit(row, scratch: &scratch)
            }
        }
        for output in 0..<outputs {
            scales[group * outputs + output] = found[output].scale
            zeros[group * outputs + output] = found[output].zero
        }
    }

    /// Finds a group's parameters by what it adds to the output error.
    ///
    /// - parameter weight: the group's columns as those before them left them, outputs x width.
    mutating func fit(group: Int, from weight: borrowing Matrix, by search: GroupSearch) {
        precondition(weight.rows == outputs)
        let none = UniformQuantizer.Parameters(scale: 0, zero: 0)
        var found = [UniformQuantizer.Parameters](repeating: none, count: outputs)
        var target = found.mutableSpan
        let width = GroupSearch.outputsAtOnce
        Crew.shared.forEachTile(of: &target, width: width) { first, tile in
            search.fit(weight, first: first, into: &tile)
        }
        for output in 0..<outputs {
            scales[group * outputs + output] = found[output].scale
            zeros[group * outputs + output] = found[output].zero
        }
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
