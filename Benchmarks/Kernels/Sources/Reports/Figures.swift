import Foundation

/// A number with three significant digits or, from 1000 on, as a whole one.
func figure(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "–" }
    let magnitude = abs(value)
    let digits = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3
    return String(format: "%.\(digits)f", value)
}

/// A share as whole per cent.
func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }

/// Writes a value as JSON with sorted keys, so that reports can be compared by lines.
func jsonText(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// A line about the progress, for whoever waits.
func tell(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
