/// Cosines and sines of positions 0..<length, length × headDimension / 2 each, row by row.
struct RotaryTable: Sendable {
    let length: Int
    let cosines: [Float]
    let sines: [Float]
}
