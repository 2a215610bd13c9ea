/// Reads the generated tables: numbers of five bits a character, the sixth bit meaning "more".
enum PackedTable {
    /// All numbers of the text, in order.
    static func numbers(_ text: String) -> [UInt32] {
        // The alphabet is the printable ASCII from "#" on, without the backslash.
        var values: [UInt32] = []
        var value: UInt32 = 0
        var shift: UInt32 = 0
        for byte in text.utf8 {
            let digit = UInt32(byte) - (byte > UInt8(ascii: "\\") ? 36 : 35)
            value |= (digit & 31) << shift
            shift += 5
            if digit & 32 == 0 {
                values.append(value)
                (value, shift) = (0, 0)
            }
        }
        return values
    }
}
