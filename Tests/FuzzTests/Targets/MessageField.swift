/// One field of a protocol buffers message, as far as bytes without a schema tell.
struct MessageField {
    enum Value {
        case number(UInt64)
        case fixed([UInt8])
        case bytes([UInt8])
    }

    var number: UInt64
    var value: Value

    /// The fields of a message, or nil when these bytes are none.
    static func parse(_ bytes: [UInt8]) -> [MessageField]? {
        var fields: [MessageField] = []
        var place = 0
        while place < bytes.count {
            guard let tag = varint(bytes, &place) else { return nil }
            let value: Value
            switch tag & 7 {
            case 0:
                guard let number = varint(bytes, &place) else { return nil }
                value = .number(number)
            case 1, 5:
                let width = tag & 7 == 1 ? 8 : 4
                guard bytes.count - place >= width else { return nil }
                value = .fixed(Array(bytes[place..<place + width]))
                place += width
            case 2:
                guard let count = varint(bytes, &place), count <= UInt64(bytes.count - place)
                else { return nil }
                value = .bytes(Array(bytes[place..<place + Int(count)]))
                place += Int(count)
            default: return nil
            }
            fields.append(MessageField(number: tag >> 3, value: value))
        }
        return fields
    }

    static func encode(_ fields: [MessageField]) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in fields {
            switch field.value {
            case .number(let number):
                append(field.number << 3, to: &bytes)
                append(number, to: &bytes)
            case .fixed(let content):
                append(field.number << 3 | (content.count == 8 ? 1 : 5), to: &bytes)
                bytes += content
            case .bytes(let content):
                append(field.number << 3 | 2, to: &bytes)
                append(UInt64(content.count), to: &bytes)
                bytes += content
            }
        }
        return bytes
    }

    private static func varint(_ bytes: [UInt8], _ place: inout Int) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        return nil
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
